// Keys on the workbench: to the next row and the one before, and to the search. Without it
// the page works as it is.
(function () {
  "use strict";
  var rows = Array.prototype.slice.call(document.querySelectorAll(".rows a.t"));
  var hint = document.getElementById("keys");
  var toggle = hint.querySelector("input");
  var store = "shenfa-keys";
  document.documentElement.classList.add("js");
  hint.hidden = false;
  try {
    toggle.checked = localStorage.getItem(store) !== "off";
    toggle.addEventListener("change", function () { localStorage.setItem(store, toggle.checked ? "on" : "off"); });
  } catch (e) { /* a browser that keeps nothing: the choice holds for this page */ }

  document.addEventListener("keydown", function (e) {
    var at = e.target.closest ? e.target : document.body;
    if (!toggle.checked || e.ctrlKey || e.metaKey || e.altKey || at.closest("input:not([type=checkbox]),select,textarea")) { return; }
    var key = e.key.toLowerCase();
    if (key === "/") {
      e.preventDefault();
      document.getElementById("q").focus();
    }
    if ((key === "j" || key === "k") && rows.length > 0) {
      var row = at.closest("tr"), here = rows.indexOf(row && row.querySelector("a.t"));
      var next = key === "j" ? here + 1 : here < 0 ? rows.length - 1 : here - 1;
      if (rows[next]) { rows[next].focus(); }
    }
  });
})();
