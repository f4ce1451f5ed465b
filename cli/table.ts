/**
 * Lays out a table in columns that are as wide as their widest cell; a column whose cells are all
 * numbers stands to the right.
 */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => formatCell(cell)));
  const count = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: count }, (_, column) => ({
    width: Math.max(...cells.map((row) => (row[column] ?? "").length)),
    right: rows.slice(1).every((row) => typeof row[column] === "number"),
  }));
  return cells.map((row) =>
    row.map((cell, column) => {
      const { width, right } = columns[column];
      return right ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd()
  );
}

function formatCell(cell: string | number): string {
  if (typeof cell === "string") return cell;
  const [whole, part] = String(cell).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? grouped : `${grouped}.${part}`;
}
