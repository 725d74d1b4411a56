// Text that is selected becomes the quote of the form. Without it a link at each paragraph does.
(function () {
  "use strict";
  var form = document.getElementById("new"), said = document.getElementById("chosen");
  var doc = document.querySelector(".remarked");
  if (!form || !doc || !window.getSelection) { return; }

  // count is how many characters a text has, not how many halves of them.
  function count(text) { return Array.from(text).length; }
  // within is the part of a range that lies in one paragraph.
  function within(range, line) {
    var r = document.createRange();
    r.selectNodeContents(line);
    if (range.compareBoundaryPoints(Range.START_TO_START, r) > 0) { r.setStart(range.startContainer, range.startOffset); }
    if (range.compareBoundaryPoints(Range.END_TO_END, r) < 0) { r.setEnd(range.endContainer, range.endOffset); }
    return r;
  }
  function take() {
    var chosen = window.getSelection();
    if (!chosen.rangeCount || chosen.isCollapsed || !doc.contains(chosen.anchorNode) || !doc.contains(chosen.focusNode)) { return; }
    var range = chosen.getRangeAt(0), quote = "", end = 0, first = null, part = null;
    Array.prototype.forEach.call(doc.querySelectorAll(".tx"), function (line) {
      if (!range.intersectsNode(line) || part !== null && line.dataset.part !== part) { return; }
      var r = within(range, line), text = r.toString();
      if (!text.trim()) { return; }
      if (first === null) {
        var before = document.createRange();
        before.selectNodeContents(line);
        before.setEnd(r.startContainer, r.startOffset);
        part = line.dataset.part;
        first = Number(line.dataset.at) + count(before.toString()) + count(text) - count(text.replace(/^\s+/, ""));
      }
      // Empty lines between paragraphs belong to the text.
      if (quote) { quote += "\n".repeat(Number(line.dataset.at) - end); }
      quote += text;
      end = Number(line.dataset.at) + count(line.textContent);
    });
    if (first === null) { return; }
    form.elements.quote.value = quote.trim();
    form.elements.at.value = first;
    form.elements.part.value = part;
    said.textContent = form.dataset.taken;
  }
  document.addEventListener("mouseup", take);
  document.addEventListener("touchend", take);
  document.addEventListener("keyup", function (e) { if (e.shiftKey || e.key === "Shift") { take(); } });
}());
