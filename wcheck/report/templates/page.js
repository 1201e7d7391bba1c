"use strict";
(() => {
  // On paper and in a search everything is there: what is folded opens, and closes again.
  const folded = [];
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details:not([open])")) {
      each.open = true;
      folded.push(each);
    }
  });
  addEventListener("afterprint", () => {
    while (folded.length) folded.pop().open = false;
  });

  // Rows that are compressed within the page are handed out as they were; without this script they are .csv.gz files.
  for (const link of document.querySelectorAll("a.download[href^='data:application/gzip']")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      const bytes = Uint8Array.from(atob(link.href.slice(link.href.indexOf(",") + 1)), (each) => each.charCodeAt(0));
      const rows = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      const made = document.createElement("a");
      made.href = URL.createObjectURL(new Blob([await new Response(rows).arrayBuffer()], { type: "text/csv" }));
      made.download = link.download.replace(/\.gz$/, "");
      made.click();
      setTimeout(() => URL.revokeObjectURL(made.href), 60000);
    });
  }

  const table = document.getElementById("table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const status = document.getElementById("shown");
  const order = new Intl.Collator("en", { numeric: true });

  heads.forEach((head, place) => {
    const button = head.querySelector("button");
    button.disabled = false;
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      for (const each of heads) each.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const text = (row) => row.cells[place].textContent.trim();
      const sorted = [...rows].sort((a, b) => order.compare(text(a), text(b)) * (descending ? -1 : 1));
      body.append(...sorted);
      status.textContent = `Sorted by ${button.textContent}, ${descending ? "descending" : "ascending"}.`;
    });
  });

  const filter = document.getElementById("filter");
  filter.hidden = false;
  const apply = () => {
    const wanted = filter.querySelector("input:checked").value;
    for (const row of rows) row.hidden = wanted !== "" && row.dataset.verdict !== wanted;
    const count = rows.filter((row) => !row.hidden).length;
    status.textContent = `${count} of ${rows.length} claims are shown.`;
  };
  filter.addEventListener("change", apply);
  if (filter.querySelector("input:checked").value) apply(); // kept by the browser since the last visit
})();
