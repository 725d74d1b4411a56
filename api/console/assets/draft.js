// Saves by itself what is typed, sends files that are dropped, and shows a preview. Without
// it the page works as it is.
(function () {
  "use strict";
  var form = document.getElementById("draft"), saved = document.getElementById("saved");
  if (!form || !window.fetch || !window.FormData) { return; }
  var pause = 3000, again = 15000, beat = 15000;
  var timer = null, busy = false, changed = false, stopped = false;

  function each(what, f) { Array.prototype.forEach.call(document.querySelectorAll(what), f); }
  function revise(n) { each("input[name=revision]", function (i) { i.value = n; }); }
  function tell(words, bad) { saved.textContent = words; saved.className = bad ? "c hold" : "sm"; }
  function send(address, data) {
    data.set("script", "1");
    return fetch(address, { method: "POST", body: data, credentials: "same-origin" }).then(function (res) {
      return res.json().then(function (answer) { return { ok: res.ok, answer: answer }; });
    });
  }

  function save() {
    clearTimeout(timer);
    if (busy || !changed || stopped) { return; }
    busy = true;
    changed = false;
    var data = new FormData(form);
    data.delete("body");
    send(form.getAttribute("action"), data).then(function (got) {
      busy = false;
      tell(got.answer.said, !got.ok);
      if (!got.ok) {
        changed = true;
        stopped = got.answer.stale;
        return;
      }
      revise(got.answer.revision);
      if (location.pathname !== got.answer.here) {
        form.setAttribute("action", got.answer.action);
        history.replaceState(null, "", got.answer.here);
      }
      if (changed) { timer = setTimeout(save, pause); }
    }).catch(function () {
      busy = false;
      changed = true;
      tell(form.getAttribute("data-lost"), true);
      timer = setTimeout(save, again);
    });
  }
  form.addEventListener("input", function (e) {
    if (e.target.type === "file") { return; }
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  });
  form.addEventListener("submit", function () { stopped = true; changed = false; clearTimeout(timer); });
  window.addEventListener("beforeunload", function (e) { if (changed && !stopped) { e.preventDefault(); } });

  // A file that is too large is refused before it is sent.
  function size(n) { return Math.round(n / 1048576) + " MB"; }
  function fits(input, file, say) {
    var most = Number(input.getAttribute("data-max"));
    if (file.size <= most) { return true; }
    say(file.name + "：" + form.getAttribute("data-large").replace("{max}", size(most)));
    return false;
  }
  var body = form.querySelector("input[name=body]");
  body.addEventListener("change", function () {
    if (body.files[0] && !fits(body, body.files[0], function (words) { tell(words, true); })) { body.value = ""; }
  });

  var look = document.getElementById("look"), looked = document.getElementById("looked"), text = document.getElementById("draft-text");
  look.hidden = false;
  look.addEventListener("click", function () {
    var data = new FormData();
    data.set("token", form.elements.token.value);
    data.set("text", text.value);
    send(form.getAttribute("data-preview"), data).then(function (got) {
      looked.hidden = false;
      if (got.ok) { looked.firstElementChild.innerHTML = got.answer.said; } else { looked.firstElementChild.textContent = got.answer.said; }
      looked.focus();
    }).catch(function () { tell(form.getAttribute("data-lost"), true); });
  });

  var others = document.getElementById("others"), attach = document.getElementById("attach");
  if (!attach) { return; } // a draft that is not made yet
  setInterval(function () {
    if (document.hidden) { return; }
    var data = new FormData();
    data.set("token", form.elements.token.value);
    send(form.getAttribute("action").replace(/draft$/, "present"), data).then(function (got) {
      if (!got.ok) { return; }
      others.lastElementChild.textContent = got.answer.said || "";
      others.hidden = !got.answer.said;
    }).catch(function () { /* it is asked again */ });
  }, beat);

  var list = document.getElementById("sending"), chosen = attach.querySelector("input[type=file]"), queue = [], sending = false, failed = false;
  document.getElementById("dropping").hidden = false;
  function row(words, bad) {
    var li = document.createElement("li");
    li.appendChild(document.createElement("span")).textContent = words;
    if (bad) { li.firstChild.className = "c hold wrap"; failed = true; }
    list.appendChild(li);
    return li;
  }
  function take(files) {
    Array.prototype.forEach.call(files, function (file) {
      if (fits(chosen, file, function (words) { row(words, true); })) { queue.push(file); }
    });
    if (!sending) { next(); }
  }
  function next() {
    var file = queue.shift();
    if (!file) {
      sending = false;
      // The list of attachments is drawn by the server.
      if (list.children.length && !failed) { stopped = true; location.hash = "files"; location.reload(); }
      return;
    }
    if (busy || changed) { queue.unshift(file); save(); setTimeout(next, 500); return; }
    sending = true;
    var li = row(list.getAttribute("data-going") + " " + file.name), bar = li.appendChild(document.createElement("progress"));
    bar.setAttribute("aria-label", file.name);
    bar.max = 1;
    var data = new FormData(), request = new XMLHttpRequest();
    data.set("token", attach.elements.token.value);
    data.set("revision", attach.elements.revision.value);
    data.set("script", "1");
    data.set("file", file, file.name);
    request.open("POST", attach.getAttribute("action"));
    request.upload.addEventListener("progress", function (e) { if (e.lengthComputable) { bar.value = e.loaded / e.total; } });
    request.addEventListener("loadend", function () {
      var answer = null;
      try { answer = JSON.parse(request.responseText); } catch (e) { /* not ours: it was not taken */ }
      li.removeChild(bar);
      if (request.status === 200 && answer) {
        revise(answer.revision);
        li.firstChild.textContent = list.getAttribute("data-done") + " " + file.name;
      } else {
        failed = true;
        li.firstChild.className = "c hold wrap";
        li.firstChild.textContent = file.name + "：" + (answer ? answer.said : form.getAttribute("data-lost"));
      }
      next();
    });
    request.send(data);
  }
  attach.addEventListener("submit", function (e) {
    if (!chosen.files.length) { return; }
    e.preventDefault();
    take(chosen.files);
    chosen.value = "";
  });
  var room = document.getElementById("files");
  room.addEventListener("dragover", function (e) { e.preventDefault(); room.classList.add("drop"); });
  room.addEventListener("dragleave", function (e) { if (!room.contains(e.relatedTarget)) { room.classList.remove("drop"); } });
  room.addEventListener("drop", function (e) {
    e.preventDefault();
    room.classList.remove("drop");
    take(e.dataTransfer.files);
  });
})();
