// Counts the remaining time down; without this file the page shows whole minutes.
(function () {
  "use strict";
  var shown = document.querySelector(".clock");
  if (!shown) return;
  var end = Date.now() + Number(shown.dataset.seconds) * 1000;
  var isPersian = document.documentElement.lang === "fa";
  function two(number) { return number < 10 ? "0" + number : String(number); }
  function digits(text) {
    return isPersian ? text.replace(/[0-9]/g, function (d) { return "۰۱۲۳۴۵۶۷۸۹"[d]; }) : text;
  }
  function tick() {
    var left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    shown.textContent = digits(two(Math.floor(left / 60)) + ":" + two(left % 60));
    shown.classList.toggle("clock-short", left < 120);
    if (left === 0) { clearInterval(timer); setTimeout(function () { location.reload(); }, 1500); }
  }
  shown.dir = "ltr";
  var timer = setInterval(tick, 1000);
  tick();
})();
