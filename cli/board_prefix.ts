import { type Board, boardName } from "../toolkit/boards/board.ts";
import type { Palette } from "./palette.ts";

/** Gives what lines of a board begin with: its name in a colour of its own, or nothing where it is the only one. */
export function boardPrefix(
  palette: Palette,
  boards: readonly Board[],
  board: Board,
): string {
  if (boards.length === 1) return "";
  const width = Math.max(...boards.map((one) => boardName(one).length));
  const colours = [palette.green, palette.yellow, palette.bold, palette.dim];
  return `${colours[boards.indexOf(board) % colours.length](boardName(board).padEnd(width))} `;
}
