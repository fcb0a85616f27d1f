/** A Lumino data grid over the data of a table: asks for what is on screen, and draws it again when it has come. */
import { BasicMouseHandler, type CellRenderer, DataGrid, DataModel, TextRenderer } from "@lumino/datagrid";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import { COL, type GridData, HEAD, ROW, words } from "./grid-data.ts";

export interface OpenTable {
  draw(): void;
  show(row: number, col: number): void;
  /** The cell in the upper left corner of what is on screen. */
  first(): { readonly row: number; readonly col: number };
  dispose(): void;
}

export function openTable(node: HTMLElement, data: () => GridData): OpenTable {
  const style = getComputedStyle(node);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const model = new Model(data());
  const table = new DataGrid({
    defaultSizes: { rowHeight: ROW, columnWidth: COL, rowHeaderWidth: HEAD, columnHeaderHeight: ROW },
    minimumSizes: { rowHeight: ROW, columnWidth: 40, rowHeaderWidth: 40, columnHeaderHeight: ROW },
    headerVisibility: "all",
    style: {
      voidColor: colour("--v-bg"),
      backgroundColor: colour("--v-bg"),
      headerBackgroundColor: colour("--v-bg"),
      gridLineColor: colour("--v-line"),
      headerGridLineColor: colour("--v-line"),
    },
  });
  const font = `11px ${colour("--v-mono")}`;
  const marked = ({ row, column }: CellRenderer.CellConfig): boolean =>
    model.shown.marked?.row === row && model.shown.marked.col === column;
  const ink = colour("--v-ink");
  table.cellRenderers.update({
    body: new TextRenderer({
      font,
      horizontalAlignment: "right",
      textColor: (cell) =>
        marked(cell) ? colour("--v-bg") : (model.shown.colour?.(cell.row, cell.column)?.color ?? ink),
      backgroundColor: (cell) =>
        marked(cell) ? ink : (model.shown.colour?.(cell.row, cell.column)?.background ?? ""),
    }),
    "row-header": new TextRenderer({
      font,
      horizontalAlignment: "right",
      textColor: colour("--v-ink2"),
      backgroundColor: "",
    }),
    "column-header": new TextRenderer({
      font,
      horizontalAlignment: "right",
      textColor: colour("--v-ink2"),
      backgroundColor: "",
    }),
    "corner-header": new TextRenderer({
      font: `11px ${colour("--v-sans")}`,
      textColor: colour("--v-ink2"),
      backgroundColor: "",
    }),
  });
  table.dataModel = model;
  table.mouseHandler = new Click((row, col) => {
    data().mark(row, col);
    draw();
  });
  const firstOf = () => ({
    row: Math.max(0, table.rowAt("body", table.scrollY)),
    col: Math.max(0, table.columnAt("body", table.scrollX)),
  });
  let due = false;
  /** What is asked of the model is on screen: when it has moved, the rest is fetched. */
  model.asked = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      if (!table.isDisposed) look();
    });
  };
  let seen = "";
  const look = () => {
    const { row, col } = firstOf();
    const { rows, cols } = model.shown;
    const at = [
      { first: row, count: Math.min(rows - row, Math.ceil(table.pageHeight / ROW) + 1) },
      { first: col, count: Math.min(cols - col, Math.ceil(table.pageWidth / COL) + 1) },
    ] as const;
    const key = JSON.stringify(at);
    if (key === seen) return;
    seen = key;
    model.shown.look?.(...at);
    model.tell();
  };
  const draw = () => {
    model.shown = data();
    seen = "";
    look();
  };
  Widget.attach(table, node);
  // Without these the grid keeps scroll bars that it does not need: their sizes are known once it has been fitted.
  MessageLoop.sendMessage(table, Widget.Msg.FitRequest);
  MessageLoop.sendMessage(table, Widget.ResizeMessage.UnknownSize);
  model.reset();
  node.dataset.open = "true";
  draw();
  return {
    draw,
    show: (row, col) => table.scrollToCell(row, col),
    first: firstOf,
    dispose() {
      // A widget that is taken off the page by hand still counts as attached, and refuses to be disposed.
      if (!table.node.isConnected) document.body.append(table.node);
      table.dispose();
    },
  };
}

class Model extends DataModel {
  asked: () => void = () => {};

  constructor(public shown: GridData) {
    super();
  }

  rowCount(region: DataModel.RowRegion): number {
    return region === "body" ? this.shown.rows : 1;
  }

  columnCount(region: DataModel.ColumnRegion): number {
    return region === "body" ? this.shown.cols : 1;
  }

  data(region: DataModel.CellRegion, row: number, column: number): string {
    if (region === "corner-header") return this.shown.corner;
    if (region === "row-header") return words(this.shown.rowHead(row));
    if (region === "column-header") return words(this.shown.colHead(column));
    this.asked();
    return this.shown.text(row, column);
  }

  reset(): void {
    this.emitChanged({ type: "model-reset" });
  }

  tell(): void {
    const { rows, cols } = this.shown;
    this.emitChanged({
      type: "cells-changed",
      region: "body",
      row: 0,
      column: 0,
      rowSpan: rows,
      columnSpan: cols,
    });
  }
}

/** A click marks a cell; the rest is as in every data grid. */
class Click extends BasicMouseHandler {
  constructor(private readonly mark: (row: number, col: number) => void) {
    super();
  }

  override onMouseDown(grid: DataGrid, event: MouseEvent): void {
    super.onMouseDown(grid, event);
    const { region, row, column } = grid.hitTest(event.clientX, event.clientY);
    if (region === "body") this.mark(row, column);
  }
}
