// Keys, and dragging a release to another day. Without it the page works as it is.
(function () {
  "use strict";
  var hint = document.getElementById("keys");
  var says = document.getElementById("moved");
  var toggle = hint.querySelector("input");
  var store = "shenfa-keys";
  document.documentElement.classList.add("js");
  hint.hidden = false;
  try {
    toggle.checked = localStorage.getItem(store) !== "off";
    toggle.addEventListener("change", function () { localStorage.setItem(store, toggle.checked ? "on" : "off"); });
  } catch (e) { /* a browser that keeps nothing: the choice holds for this page */ }

  function go(link) { if (link) { location.href = link.href; } }
  document.addEventListener("keydown", function (e) {
    var at = e.target.closest ? e.target : document.body;
    if (!toggle.checked || e.ctrlKey || e.metaKey || e.altKey || at.closest("input:not([type=checkbox]),select,textarea")) { return; }
    if (e.key === "[") { go(document.querySelector("a[rel=prev]")); }
    if (e.key === "]") { go(document.querySelector("a[rel=next]")); }
    if (e.key === "m" || e.key === "M") {
      var card = at.closest(".ev, tr");
      go((card || document).querySelector("a.move"));
    }
  });

  // The server says whether an instant will do before anybody is asked for a reason. What
  // it refuses never leaves its place.
  function ask(card, day) {
    var url = card.querySelector("a.move").href + "?at=" + day + "T" + card.getAttribute("data-time");
    says.hidden = true;
    fetch(url, { credentials: "same-origin" }).then(function (res) {
      if (res.ok) { location.href = url; return; }
      return res.text().then(function (text) {
        var why = new DOMParser().parseFromString(text, "text/html").querySelector("[role=alert] b");
        says.querySelector("b").textContent = why ? why.textContent : says.getAttribute("data-failed");
        says.hidden = false;
        says.scrollIntoView({ block: "nearest" });
      });
    }).catch(function () {
      says.querySelector("b").textContent = says.getAttribute("data-failed");
      says.hidden = false;
    });
  }
  var held = null;
  function each(what, f) { Array.prototype.forEach.call(document.querySelectorAll(what), f); }
  each(".ev[data-time]", function (card) {
    card.draggable = true;
    card.addEventListener("dragstart", function (e) {
      held = card;
      e.dataTransfer.effectAllowed = "move";
      e.dataTransfer.setData("text/plain", "");
    });
    card.addEventListener("dragend", function () {
      held = null;
      each(".drop", function (d) { d.classList.remove("drop"); });
    });
  });
  each("[data-day]", function (day) {
    day.addEventListener("dragover", function (e) {
      if (held && !day.contains(held)) { e.preventDefault(); day.classList.add("drop"); }
    });
    day.addEventListener("dragleave", function (e) {
      if (!day.contains(e.relatedTarget)) { day.classList.remove("drop"); }
    });
    day.addEventListener("drop", function (e) {
      e.preventDefault();
      if (held && !day.contains(held)) { ask(held, day.getAttribute("data-day")); }
    });
  });
})();
