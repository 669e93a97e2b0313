// Opens pages in Chromium and says what is on them. From standard input: {chromium, pictures?, pages: [{name, html, headers}]}; to standard
// output: for each page its figures as they are shown, what is outside its place, what cannot be read, and how many sheets it prints on.
import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { chromium } from "playwright-core";

const job = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: job.chromium,
  // A sandbox of its own needs rights that containers lack; the pages are ours. The rest keeps it from calling anybody.
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const results = [];
try {
  for (const page of job.pages) {
    results.push({ name: page.name, ...(await open(page)) });
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(results));

async function open({ name, html, headers }) {
  const context = await browser.newContext({ viewport: { width: 900, height: 1300 }, deviceScaleFactor: job.pictures ? 2 : 1 });
  try {
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => { complaints.push("dialog: " + dialog.message()); dialog.dismiss(); });
    await page.route("**/*", (route) => {
      if (route.request().url() === "http://pack.test/") {
        return route.fulfill({ status: 200, headers, body: html });
      }
      if (!route.request().url().endsWith("/favicon.ico")) {
        complaints.push("asks for " + route.request().url());
      }
      return route.abort();
    });
    await page.goto("http://pack.test/");
    if (job.pictures) {
      await writeFile(`${job.pictures}/${name}.html`, html);
      await page.screenshot({ path: `${job.pictures}/${name}.png`, fullPage: true });
    }
    const shown = await page.evaluate(look);
    await page.emulateMedia({ media: "print" });
    const printed = await page.evaluate(look);
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    if (job.pictures) {
      await writeFile(`${job.pictures}/${name}.pdf`, pdf);
    }
    const sheets = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length;
    return { ...shown, complaints, sheets, outside: [...shown.outside, ...printed.outside.map((what) => "printed: " + what)] };
  } finally {
    await context.close();
  }
}

function look() {
  const language = document.documentElement.lang;
  const describe = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""} "${(element.textContent ?? "").trim().slice(0, 40)}"`;

  // A sheet is as high as A4, and nothing on it reaches over its margins, nor a chart's text over the chart.
  const outside = [];
  // What a part cuts off is not seen.
  const seen = (element) => {
    const { left, right, top, bottom, width } = element.getBoundingClientRect();
    const box = { left, right, top, bottom, width };
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (getComputedStyle(at).overflowY === "hidden") {
        box.bottom = Math.min(box.bottom, at.getBoundingClientRect().bottom);
      }
    }
    return box;
  };
  for (const sheet of document.querySelectorAll(".sheet")) {
    const place = sheet.getBoundingClientRect();
    const style = getComputedStyle(sheet);
    const inner = {
      left: place.left + parseFloat(style.paddingLeft) - 1,
      right: place.right - parseFloat(style.paddingRight) + 1,
      bottom: place.bottom - parseFloat(style.paddingBottom) + 1,
    };
    if (Math.abs(place.height - (297 * 96) / 25.4) > 2.5 || Math.abs(place.width - (210 * 96) / 25.4) > 1) {
      outside.push(`a sheet of ${place.width} × ${place.height}`);
    }
    for (const element of sheet.querySelectorAll("*")) {
      const box = seen(element);
      if (box.width > 0 && (box.left < inner.left || box.right > inner.right || box.bottom > inner.bottom)) {
        outside.push(`${describe(element)} ${Math.round(box.left - inner.left)} ${Math.round(inner.right - box.right)} ${Math.round(inner.bottom - box.bottom)}`);
      }
      if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && !element.closest("svg")) {
        outside.push(`${describe(element)} is ${element.scrollWidth - element.clientWidth} wider than its place`);
      }
    }
    // Parts stand below each other and do not run into the next.
    const parts = [...sheet.children].map((part) => part.getBoundingClientRect());
    parts.slice(1).forEach((part, index) => {
      if (part.top < parts[index].bottom - 1) {
        outside.push(`part ${index + 1} reaches ${Math.round(parts[index].bottom - part.top)} into the next`);
      }
    });
  }
  for (const chart of document.querySelectorAll(".chart")) {
    const place = chart.getBoundingClientRect();
    const ticks = [...chart.querySelectorAll("text.tick")].map((tick) => tick.getBoundingClientRect());
    for (const label of chart.querySelectorAll("text")) {
      const box = label.getBoundingClientRect();
      if (box.left < place.left - 2 || box.right > place.right + 2 || box.top < place.top - 4 || box.bottom > place.bottom + 2) {
        outside.push(`${describe(label)} leaves its chart`);
      }
    }
    ticks.forEach((one, index) => ticks.slice(index + 1).forEach((other) => {
      if (one.left < other.right && other.left < one.right && one.top + 2 < other.bottom && other.top + 2 < one.bottom) {
        outside.push(`two ticks of ${chart.getAttribute("aria-label").slice(0, 30)} overlap`);
      }
    }));
  }

  // Text against what is behind it (WCAG 2: 4.5 to 1).
  const faint = new Set();
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => channels(colour).slice(0, 3).map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((channels(colour)[3] ?? 1) > 0) {
        return colour;
      }
    }
    return "rgb(255, 255, 255)";
  };
  for (const element of document.querySelectorAll("main *")) {
    if ([...element.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())) {
      const style = getComputedStyle(element);
      const [light, dark] = [luminance(element.closest("svg") ? style.fill : style.color), luminance(behind(element))].sort((a, b) => b - a);
      if ((light + 0.05) / (dark + 0.05) < 4.5) {
        faint.add(describe(element));
      }
    }
  }

  // Every figure is its exact value, written as this browser writes numbers of the page's language.
  const wrong = [];
  const figures = {};
  for (const figure of document.querySelectorAll("data[data-figure]")) {
    const value = Number(figure.value) * (figure.textContent.includes("%") || figure.textContent.includes("point") ? 100 : 1);
    const number = figure.textContent.replace(/\s:\s1$/, "").match(language === "fr" ? /\d[\d\u202f]*(,\d+)?/ : /\d[\d,]*(\.\d+)?/)?.[0].replace(/\u202f$/, "");
    const digits = (number?.split(language === "fr" ? "," : ".")[1] ?? "").length;
    const written = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: "halfExpand" }).format(Number(Math.abs(value).toPrecision(Math.abs(value) >= 1e9 ? 15 : 12)));
    const kept = Math.abs(Number(number?.replaceAll(language === "fr" ? "\u202f" : ",", "").replace(",", ".")) - Math.abs(value));
    const isNegative = figure.textContent.includes("\u2212");
    if (number !== written || kept > Math.max(0.051 * Math.abs(value), 5e-7) || (isNegative !== value < 0 && Number(number.replace(",", ".")) !== 0)) {
      wrong.push(`${figure.dataset.figure}: ${figure.value} is shown as ${figure.textContent}, not ${written}`);
    }
    figures[figure.dataset.figure] = Number(figure.value);
  }

  const unnamed = [...document.querySelectorAll("svg:not([aria-hidden])")].filter((svg) => svg.getAttribute("role") !== "img" || !svg.getAttribute("aria-label")).length
    + [...document.querySelectorAll("th:not([scope])")].length;
  return {
    language, title: document.title, headings: document.querySelectorAll("h1").length, scripts: document.querySelectorAll("script, [onload], [onerror], [onclick], [style], a[href], img, iframe").length,
    figures, wrong, outside: [...new Set(outside)].slice(0, 20), faint: [...faint].slice(0, 10), unnamed,
    statuses: [...document.querySelectorAll("[data-status]")].map((one) => one.dataset.status),
    outcomes: [...document.querySelectorAll("[data-outcome]")].map((one) => one.dataset.outcome),
    reasons: [...document.querySelectorAll("[data-reason]")].map((one) => one.dataset.reason),
    points: [...document.querySelectorAll(".curves .chart")].map((chart) => chart.querySelectorAll(":scope > circle, :scope > path, :scope > rect.neutral").length),
    text: document.querySelector("main").innerText,
  };
}
