// Keys and links both ways on the page of findings. Without it the page works as it is.
(function () {
  "use strict";
  var list = Array.prototype.slice.call(document.querySelectorAll("details.fi"));
  var hint = document.getElementById("keys");
  var toggle = hint.querySelector("input");
  var store = "shenfa-keys";
  document.documentElement.classList.add("js");
  hint.hidden = list.length === 0;
  try {
    toggle.checked = localStorage.getItem(store) !== "off";
    toggle.addEventListener("change", function () { localStorage.setItem(store, toggle.checked ? "on" : "off"); });
  } catch (e) { /* a browser that keeps nothing: the choice holds for this page */ }

  function place(d) { return document.getElementById("f-" + d.id.slice(2)); }
  function current() { return list.filter(function (d) { return d.open; })[0]; }

  // choose opens one finding, closes the others and shows its place in the text.
  function choose(d, text) {
    list.forEach(function (x) { if (x !== d) { x.open = false; } });
    Array.prototype.forEach.call(document.querySelectorAll(".f.on"), function (x) { x.classList.remove("on"); });
    d.open = true;
    Array.prototype.forEach.call(document.querySelectorAll('.f[href="#' + d.id + '"]'), function (x) { x.classList.add("on"); });
    var at = place(d);
    if (at && text) { at.scrollIntoView({ block: "center" }); }
    if (wide()) { reveal(d); }
  }
  // reveal moves the list, never the page, until a finding can be read.
  function reveal(d) {
    var panel = d.closest(".stick"), box = panel.getBoundingClientRect(), r = d.getBoundingClientRect();
    var top = box.top + 72, low = r.bottom - Math.min(box.bottom, window.innerHeight);
    if (r.top < top || r.bottom - r.top > box.height) { panel.scrollTop += r.top - top; } else if (low > 0) { panel.scrollTop += Math.min(low, r.top - top); }
  }
  // On a narrow screen list and text stand below each other: scrolling to both would lose one.
  function wide() { return window.matchMedia("(min-width: 901px)").matches; }

  list.forEach(function (d) {
    d.querySelector("summary").addEventListener("click", function (e) {
      if (d.open) { return; }
      e.preventDefault();
      choose(d, wide());
    });
  });
  document.addEventListener("click", function (e) {
    var link = e.target.closest ? e.target.closest('a[href^="#d-"]') : null;
    var d = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!d) { return; }
    e.preventDefault();
    choose(d, false);
    if (!wide()) { d.scrollIntoView({ block: "start" }); }
    d.querySelector("summary").focus({ preventScroll: true });
  });

  function move(by) {
    var now = list.indexOf(document.activeElement && document.activeElement.closest("details.fi") || current());
    var d = list[Math.min(Math.max(now + by, 0), list.length - 1)];
    if (!d) { return; }
    choose(d, true);
    d.querySelector("summary").focus({ preventScroll: true });
  }
  function press(key) {
    var d = current();
    var button = d && d.querySelector('button[data-key="' + key + '"]');
    if (!button) { return; }
    var reason = d.querySelector("textarea");
    if (button.name === "disposition" && !reason.value.trim()) { reason.focus(); return; }
    button.click();
  }
  document.addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey || !toggle.checked || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) { return; }
    var same = current() && current().querySelector('input[name="same"]');
    switch (e.key) {
      case "j": case "J": move(1); break;
      case "k": case "K": move(-1); break;
      case "g": case "G": if (same) { same.checked = !same.checked; } break;
      case "1": case "2": case "3": case "4": press(e.key); break;
      default: return;
    }
    e.preventDefault();
  });
  var first = current();
  if (first && wide()) { choose(first, /[?&]on=/.test(location.search)); }
})();
