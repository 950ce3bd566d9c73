/** Escapes a line for a PDF string in WinAnsi; what that cannot say becomes a question mark. */
const escaped = (line) => line.replace(/[\\()]/g, "\\$&").replace(/[^\x20-\x7e\xa0-\xff]/g, "?");

/** A PDF with a text layer, written by hand: pages of lines, the first of each page larger. */
export function pdf(pages, { title = 18, text = 11, leading = 28 } = {}) {
  const objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"];
  const kids = [];
  for (const lines of pages) {
    const [head, ...rest] = lines.map(escaped);
    const content = `BT /F1 ${title} Tf 56 780 Td (${head}) Tj /F1 ${text} Tf ${rest.map((line) => `0 -${leading} Td (${line}) Tj`).join(" ")} ET`;
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${objects.length} 0 R >>`);
    kids.push(`${objects.length} 0 R`);
  }
  objects[1] = `<< /Type /Pages /Kids [${kids.join(" ")}] /Count ${kids.length} >>`;
  const parts = ["%PDF-1.4\n"];
  let at = parts[0].length;
  const offsets = objects.map((object, index) => {
    const start = at;
    parts.push(`${index + 1} 0 obj\n${object}\nendobj\n`);
    at += parts.at(-1).length;
    return start;
  });
  parts.push(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`);
  parts.push(...offsets.map((start) => `${String(start).padStart(10, "0")} 00000 n \n`));
  parts.push(`trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`);
  return Buffer.from(parts.join(""), "latin1");
}
