/* The step of files: shows how much of an upload has arrived. Without it the browser sends the same form itself. */
(function () {
  "use strict";
  const gs = window.govshareForm;
  const form = gs && gs.form;
  const box = form && form.querySelector("[data-progress]");
  if (!box) return;
  const bar = box.querySelector("progress"), said = box.querySelector("[role=status]");
  let touched = false, sending = false;

  function busy(on) {
    sending = on;
    form.querySelectorAll("button").forEach((button) => { button.disabled = on; });
  }

  function failed(text) {
    busy(false);
    said.textContent = text || gs.say("noupload");
  }

  /* The page that was answered says why; what was chosen and typed stays here. */
  function refused(page) {
    const summary = new DOMParser().parseFromString(page, "text/html").querySelector(".gs-sum");
    document.querySelectorAll(".gs-sum").forEach((old) => old.remove());
    failed(summary ? "\u00a0" : "");
    if (!summary) return;
    form.before(document.adoptNode(summary));
    summary.focus();
    touched = true;
  }

  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", (event) => {
    const files = Array.from(form.querySelectorAll("input[type=file]")).some((input) => input.files.length);
    touched = false;
    if (!files) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (sending) return;
    const data = new FormData(form);
    data.set("act", (event.submitter && event.submitter.value) || "next");
    busy(true);
    box.hidden = false;
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (sent) => {
      if (!sent.lengthComputable) return;
      const percent = Math.floor((sent.loaded / sent.total) * 100);
      bar.value = percent;
      said.textContent = percent < 100 ? gs.say("uploading", { percent: percent + "%" }) : gs.say("checking");
    });
    request.addEventListener("error", () => failed(gs.say("offline")));
    request.addEventListener("load", () => {
      if (request.status >= 500 || request.status === 413 || request.status === 403) { failed(); return; }
      if (request.status >= 400) { refused(request.responseText); return; }
      sending = false;
      const here = request.responseURL.split("#")[0] === location.href.split("#")[0];
      location.href = request.responseURL;
      if (here) location.reload();
    });
    request.send(data);
  }, true);
  window.addEventListener("beforeunload", (event) => {
    if (!touched && !sending) return;
    event.preventDefault();
    event.returnValue = "";
  });
})();
