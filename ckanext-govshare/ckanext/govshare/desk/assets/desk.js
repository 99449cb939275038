/* Comforts of desk and office; every page works without them. */
(function () {
  "use strict";

  // A second click does nothing while the first is on its way.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("[data-govshare-once]") || event.defaultPrevented) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });

  // A return needs its reason before the page is sent; an approval does not.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[name=act]");
    var words = button && button.form && button.form.querySelector("textarea[name=words]");
    if (words) { words.required = button.value === "return"; }
  });

  // Mark all, or none.
  document.querySelectorAll("[data-govshare-mark]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var boxes = Array.prototype.slice.call(button.form.querySelectorAll("input[name=ids]"));
      var all = boxes.every(function (box) { return box.checked; });
      boxes.forEach(function (box) { box.checked = !all; });
    });
  });

  // Progress of a check that runs in the background: asked for every second, the page follows when it is done.
  document.querySelectorAll("[data-govshare-progress]").forEach(function (place) {
    var bar = place.querySelector("progress");
    var words = place.querySelector("[data-govshare-words]");
    function ask() {
      fetch(place.dataset.govshareProgress, { headers: { Accept: "application/json" }, credentials: "same-origin" })
        .then(function (answer) { return answer.json(); })
        .then(function (now) {
          if (now.over) { window.location.reload(); return; }
          if (bar && now.total) { bar.max = now.total; bar.value = now.done; }
          if (words && now.words) { words.textContent = now.words; }
          window.setTimeout(ask, 1000);
        })
        .catch(function () { window.setTimeout(ask, 5000); });
    }
    window.setTimeout(ask, 800);
  });
})();
