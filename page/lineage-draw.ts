import { fitted, type Palette } from './canvas.ts'
import type { Box, Graph } from './graph.ts'
import type { Layout, Point } from './layout.ts'
import type { Item } from './model.ts'

/** Of a box and the room around it, in pixels at scale 1. */
export const BOX = { width: 180, height: 36, column: 228, row: 46 }
/** For the text in a box. */
const ROOM = BOX.width - 20
const PADDING = 16

/** Which part of the drawing is seen. */
export interface Camera {
  x: number
  y: number
  scale: number
}

export interface Drawing extends Layout {
  graph: Graph
  width: number
  height: number
}

export function drawingOf(graph: Graph, layout: Layout): Drawing {
  const all = [...layout.points, ...layout.bends.flat()]
  const columns = all.reduce((most, { x }) => Math.max(most, x), 0)
  const rows = all.reduce((most, { y }) => Math.max(most, y), 0)
  return {
    graph,
    ...layout,
    width: columns * BOX.column + BOX.width,
    height: rows * BOX.row + BOX.height,
  }
}

/** Smaller letters are hard to read. */
const READABLE = 0.55
/** The scale of a part. */
const NEAR = 0.8
/** In pixels. */
const LOWEST = 150
const TALLEST = 520

/** As high as all of the drawing needs at this width. */
export function heightFor({ width, height }: Drawing, canvasWidth: number): number {
  const fitting = Math.min(1, (canvasWidth - 2 * PADDING) / width)
  const scale = fitting < READABLE ? NEAR : fitting
  return Math.round(Math.min(TALLEST, Math.max(LOWEST, height * scale + 2 * PADDING)))
}

/**
 * All of the drawing where that can be read, else the part around a node.
 * @param wanted the nodes to show then; the first that the drawing has
 */
export function firstView(
  drawing: Drawing,
  canvasWidth: number,
  canvasHeight: number,
  wanted: (Item | undefined)[],
): Camera {
  const all = fit(drawing, canvasWidth, canvasHeight)
  const indexes = wanted.map((item) =>
    drawing.graph.boxes.findIndex(({ items }) => item && items.includes(item)),
  )
  const index = indexes.find((index) => index >= 0)
  if (all.scale >= READABLE || index === undefined) return all
  const [x, y] = place(drawing.points[index])
  const scale = NEAR
  // With what it blocks: a phone has room for two columns.
  const middle = x + (BOX.column + BOX.width) / 2
  return {
    scale,
    x: inside(canvasWidth / 2 - middle * scale, drawing.width * scale, canvasWidth),
    y: inside(canvasHeight / 2 - (y + BOX.height / 2) * scale, drawing.height * scale, canvasHeight),
  }
}

/** Where a drawing begins, so that it leaves no room empty that it could fill; in the middle if it is smaller. */
function inside(start: number, length: number, room: number): number {
  const least = room - PADDING - length
  return least > PADDING ? (room - length) / 2 : Math.max(least, Math.min(PADDING, start))
}

/** All of the drawing, but no larger than life. */
export function fit({ width, height }: Drawing, canvasWidth: number, canvasHeight: number): Camera {
  const room = [canvasWidth - 2 * PADDING, canvasHeight - 2 * PADDING] as const
  const scale = Math.min(1, room[0] / width, room[1] / height)
  return { scale, x: (canvasWidth - width * scale) / 2, y: (canvasHeight - height * scale) / 2 }
}

export function zoomed(camera: Camera, factor: number, x: number, y: number): Camera {
  const scale = Math.min(2, Math.max(0.01, camera.scale * factor))
  const by = scale / camera.scale
  return { scale, x: x - (x - camera.x) * by, y: y - (y - camera.y) * by }
}

export function boxAt({ graph, points }: Drawing, camera: Camera, x: number, y: number): Box | undefined {
  const [left, top] = [(x - camera.x) / camera.scale, (y - camera.y) / camera.scale]
  return graph.boxes.find((_, index) => {
    const [boxX, boxY] = place(points[index])
    return left >= boxX && left <= boxX + BOX.width && top >= boxY && top <= boxY + BOX.height
  })
}

function place(point: Point | undefined): [number, number] {
  return [(point?.x ?? 0) * BOX.column, (point?.y ?? 0) * BOX.row]
}

export interface Highlight {
  match(item: Item): boolean
  selected: Item | undefined
  hovered: Box | undefined
  critical: ReadonlySet<number>
}

export function drawLineage(
  context: CanvasRenderingContext2D,
  drawing: Drawing,
  camera: Camera,
  highlight: Highlight,
  colours: Palette,
) {
  context.save()
  context.translate(camera.x, camera.y)
  context.scale(camera.scale, camera.scale)
  drawEdges(context, drawing, highlight, camera.scale, colours)
  const legible = camera.scale > 0.4
  context.textBaseline = 'middle'
  drawing.graph.boxes.forEach((box, index) => {
    drawBox(context, box, place(drawing.points[index]), legible, highlight, colours)
  })
  context.restore()
}

function drawEdges(
  context: CanvasRenderingContext2D,
  { graph, points, bends }: Drawing,
  { selected, hovered }: Highlight,
  scale: number,
  { muted, accent, line }: Palette,
) {
  const marked = graph.boxes.findIndex((box) => box === hovered || (selected && isOnly(box, selected)))
  const draw = (strong: boolean) => {
    context.beginPath()
    graph.edges.forEach(([from, to], index) => {
      if ((from === marked || to === marked) === strong)
        trace(context, points[from], bends[index] ?? [], points[to])
    })
    const many = graph.edges.length > 400
    context.strokeStyle = strong ? accent : many && scale < 0.4 ? line : muted
    context.globalAlpha = strong ? 1 : many ? 0.35 : 0.55
    context.lineWidth = (strong ? 2 : 1.2) / Math.max(scale, 0.3)
    context.stroke()
    context.globalAlpha = 1
  }
  draw(false)
  draw(true)
}

/** A curve from box to box, straight where it passes the boxes of a column. */
function trace(
  context: CanvasRenderingContext2D,
  from: Point | undefined,
  bends: Point[],
  to: Point | undefined,
) {
  const [startX, startY] = place(from)
  let [x, y] = [startX + BOX.width, startY + BOX.height / 2]
  context.moveTo(x, y)
  const curve = (nextX: number, nextY: number) => {
    const bend = Math.max(20, Math.min(60, (nextX - x) / 2))
    context.bezierCurveTo(x + bend, y, nextX - bend, nextY, nextX, nextY)
    ;[x, y] = [nextX, nextY]
  }
  for (const point of bends) {
    const [left, top] = place(point)
    curve(left, top + BOX.height / 2)
    x += BOX.width
    context.lineTo(x, y)
  }
  const [endX, endY] = place(to)
  curve(endX, endY + BOX.height / 2)
}

function drawBox(
  context: CanvasRenderingContext2D,
  box: Box,
  [x, y]: [number, number],
  legible: boolean,
  { match, selected, hovered, critical }: Highlight,
  colours: Palette,
) {
  const { items, folder, outcome } = box
  context.globalAlpha = items.some(match) || items.every(({ ran }) => !ran) ? 1 : 0.2
  if (folder !== undefined) {
    // A second sheet behind it: it stands for several.
    roundRect(context, x + 4, y + 4, colours.raised, colours.line, 1)
  }
  const chosen = box === hovered || (selected !== undefined && isOnly(box, selected))
  const onPath = items.length === 1 && items.some(({ index }) => critical.has(index))
  const border = chosen ? colours.accent : onPath ? colours.text : colours.line
  roundRect(context, x, y, colours.surface, border, chosen || onPath ? 2 : 1.2)
  context.fillStyle = colours.fill[outcome]
  context.fillRect(x + 1, y + 1, legible ? 6 : BOX.width - 2, BOX.height - 2)
  if (legible) {
    context.textAlign = 'left'
    context.fillStyle = items.some(({ ran }) => ran) ? colours.text : colours.muted
    context.font = '600 12px ui-sans-serif, system-ui, "Segoe UI", sans-serif'
    // Letters that are wider than an average one, such as Chinese, are narrowed.
    context.fillText(fitted(box.label, ROOM, 7.2), x + 14, y + 12.5, ROOM)
    context.font = '11px ui-sans-serif, system-ui, "Segoe UI", sans-serif'
    context.fillStyle = colours.muted
    context.fillText(fitted(box.note, ROOM, 6), x + 14, y + 26, ROOM)
  }
  context.globalAlpha = 1
}

function isOnly({ items, folder }: Box, item: Item): boolean {
  return folder === undefined && items[0] === item
}

function roundRect(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  fill: string,
  stroke: string,
  lineWidth: number,
) {
  context.beginPath()
  context.roundRect(x, y, BOX.width, BOX.height, 5)
  context.fillStyle = fill
  context.fill()
  context.strokeStyle = stroke
  context.lineWidth = lineWidth
  context.stroke()
}
