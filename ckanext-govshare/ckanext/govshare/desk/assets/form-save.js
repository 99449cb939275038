/* Saves while one types, and says so; keeps what was typed when it cannot; asks before it would be lost. */
(function () {
  "use strict";
  const gs = window.govshareForm;
  const form = gs && gs.form;
  if (!form || !form.dataset.autosave) return;
  const WAIT = 1200;
  const status = form.querySelector("[data-saved]");
  const revision = form.querySelector("[name=revision]");
  let last = form.dataset.unsaved ? "" : body(), timer = 0, busy = null, leaving = false;
  let stopped = form.dataset.unsaved === "conflict";

  /* What is on the page, to send and to compare. Sent in parts: Chinese takes a third of the room then. */
  function data() {
    if (gs.collect) gs.collect();
    const found = new FormData(form);
    ["act", "paste"].forEach((name) => found.delete(name));
    return found;
  }

  function body() {
    return JSON.stringify(Array.from(data()).filter(([name]) => name !== "revision" && name !== "_csrf_token"));
  }

  function dirty() { return body() !== last; }
  function tell(text, look) { status.textContent = text; status.dataset.look = look || ""; }

  function messages(errors, warnings) {
    form.querySelectorAll("[data-field]").forEach((field) => {
      const name = field.dataset.field;
      show(field.querySelector("[data-errors]"), errors[name]);
      show(field.querySelector("[data-warnings]"), warnings[name]);
      const wrong = Boolean(errors[name] && errors[name].length);
      field.classList.toggle("gs-f--bad", wrong);
      const input = field.querySelector("[role=radiogroup], #f-" + name);
      if (!input || input.classList.contains("gs-fixed") || input.hasAttribute("data-items")) return;
      if (wrong) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
      describe(input, "f-" + name + "-errors", wrong);
      describe(input, "f-" + name + "-warnings", Boolean(warnings[name] && warnings[name].length));
    });
  }

  /* The list on top shrinks as one mends what it names. */
  function summed(errors) {
    const box = document.querySelector(".gs-sum:not(.gs-sum--conflict)");
    if (!box) return;
    const lines = Array.from(box.querySelectorAll('a[href^="#f-"]')).map((link) => {
      const line = link.closest("li");
      line.hidden = !(errors[link.getAttribute("href").slice(3)] || []).length;
      return line;
    });
    if (lines.length && lines.every((line) => line.hidden)) box.hidden = true;
  }

  function describe(input, id, on) {
    const ids = new Set((input.getAttribute("aria-describedby") || "").split(" ").filter(Boolean));
    if (on) ids.add(id); else ids.delete(id);
    if (ids.size) input.setAttribute("aria-describedby", Array.from(ids).join(" ")); else input.removeAttribute("aria-describedby");
  }

  function show(list, texts) {
    if (!list) return;
    list.replaceChildren(...(texts || []).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    list.hidden = !(texts && texts.length);
  }

  function steps(lines) {
    lines.forEach((line) => {
      const link = document.querySelector('[data-step="' + line.slug + '"]');
      if (!link) return;
      link.className = "gs-step gs-step--" + line.state;
      link.querySelector("[data-state]").textContent = gs.say(line.state, { number: line.left });
    });
  }

  function conflict(answer) {
    stopped = true;
    tell(gs.say("conflict"), "bad");
    const box = form.querySelector("[data-conflict]");
    const list = document.createElement("dl");
    list.className = "gs-theirs";
    (answer.theirs || []).forEach((line) => {
      const name = document.createElement("dt"), value = document.createElement("dd");
      name.textContent = line.label;
      value.textContent = gs.say("theirs") + "：" + line.theirs + " · " + gs.say("mine") + "：" + line.mine;
      list.append(name, value);
    });
    const load = Object.assign(document.createElement("a"), { className: "gs-btn gs-btn--ghost", href: location.pathname + location.search, textContent: gs.say("load") });
    load.addEventListener("click", () => { leaving = true; });
    const keep = Object.assign(document.createElement("button"), { className: "gs-btn", type: "submit", name: "act", value: "overwrite", textContent: gs.say("keep") });
    const acts = Object.assign(document.createElement("div"), { className: "gs-actions" });
    acts.append(keep, load);
    box.replaceChildren(Object.assign(document.createElement("p"), { textContent: answer.message }), list, acts);
    box.hidden = false;
  }

  function taken(answer, sent) {
    last = sent;
    revision.value = answer.revision;
    messages(answer.errors, answer.warnings);
    summed(answer.errors);
    steps(answer.steps);
    const told = gs.say("saved", { time: answer.saved });
    tell(answer.cleared.length ? told + " · " + gs.say("cleared", { fields: answer.cleared.join("、") }) : told);
    if (dirty()) later();
  }

  function save() {
    window.clearTimeout(timer);
    if (stopped || leaving || !dirty()) return Promise.resolve();
    if (busy) return busy.then(save);
    const sent = body();
    tell(gs.say("saving"));
    busy = fetch(form.dataset.autosave, {
      method: "POST", body: data(), credentials: "same-origin", headers: { "Accept": "application/json" },
    }).then((answer) => {
      if (answer.status === 401) return tell(gs.say("out"), "bad");
      return answer.json().then((values) => {
        if (answer.ok) return taken(values, sent);
        if (answer.status === 409) return conflict(values);
        if (answer.status === 400 && values.errors) { messages(values.errors, {}); return tell(gs.say("refused"), "bad"); }
        return tell(values.message || gs.say("failed"), "bad");
      }, () => tell(gs.say("failed"), "bad"));
    }, () => tell(gs.say("offline"), "bad")).finally(() => { busy = null; });
    return busy;
  }

  function later() {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, WAIT);
    if (!stopped && !busy) tell(gs.say("typing"));
  }

  gs.touched = later;
  gs.save = save;
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  /* What is under way arrives first: the page is sent with the revision that it makes. */
  form.addEventListener("submit", (event) => {
    if (!busy) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    busy.then(() => form.requestSubmit(button));
  }, true);
  form.addEventListener("submit", (event) => { if (!event.defaultPrevented) { leaving = true; window.clearTimeout(timer); } });
  window.addEventListener("online", save);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });
  window.addEventListener("beforeunload", (event) => {
    if (leaving || !dirty()) return;
    event.preventDefault();
    event.returnValue = "";
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) leaving = false; });
  /* A link to another step saves first. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-step], a[data-leave]");
    if (!link || stopped || event.ctrlKey || event.metaKey || event.shiftKey || !dirty()) return;
    event.preventDefault();
    save().then(() => { if (!dirty()) { leaving = true; location.href = link.href; } });
  });
})();
