/**
 * The layered drawing of a lineage: columns by the longest path, rows by the barycentre of the neighbours. Own
 * code, because libraries need 8 s and more for 2,000 nodes; see docs/adr/0015-the-page.md. Pure.
 */

/** Of a node, in units of columns and rows; y may be a fraction. */
export interface Point {
  x: number
  y: number
}

/** An edge from parent to child; nodes are numbered from 0. */
export type Edge = readonly [parent: number, child: number]

export interface Layout {
  /** Of each node. */
  points: Point[]
  /** Of each edge, the points between its ends through which it runs beside the nodes in its way. */
  bends: Point[][]
}

const SWEEPS = 6

/**
 * @param edges an edge of a cycle, which dbt does not allow, is not followed
 * @param tallest a column of more nodes is folded into several
 */
export function layered(count: number, edges: readonly Edge[], tallest: number): Layout {
  const layer = layersOf(count, neighbours(count, edges, 1), neighbours(count, edges, 0))
  const folded = group(layer).some((nodes) => nodes.length > tallest)
  const { layers, segments, ways } = withBends(layer, edges, folded)
  const total = layers.reduce((sum, nodes) => sum + nodes.length, 0)
  const above = neighbours(total, segments, 1)
  const below = neighbours(total, segments, 0)
  const y = new Float64Array(total)
  const gap = (node: number) => (node < count ? 1 : BEND)
  for (const nodes of layers) spread(nodes, (node) => node, gap, y)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0
    const sides = down ? above : below
    for (const nodes of down ? layers : layers.toReversed()) {
      spread(nodes, (node) => mean(sides[node] ?? [], y) ?? y[node] ?? 0, gap, y)
    }
  }
  squeeze(y)
  const points = columns(layers, y, folded ? tallest : Number.POSITIVE_INFINITY)
  return {
    points: points.slice(0, count),
    bends: ways.map((way) => way.flatMap((bend) => points[bend] ?? [])),
  }
}

/** How near two bends may be, in rows; a node needs 1. */
const BEND = 0.4
/** With more of them the drawing is too large for its edges to be followed. */
const MOST_BENDS = 2000

/** Splits each edge that spans several columns into segments from column to column, by bends that are placed as nodes. */
function withBends(layer: Int32Array, edges: readonly Edge[], folded: boolean) {
  const layers = group(layer)
  const spans = edges.map(([parent, child]) => Math.max(0, (layer[child] ?? 0) - (layer[parent] ?? 0) - 1))
  const many = spans.reduce((sum, span) => sum + span, 0) > MOST_BENDS
  if (folded || many) return { layers, segments: edges, ways: edges.map((): number[] => []) }
  let next = layer.length
  const segments: Edge[] = []
  const ways = edges.map(([parent, child], index) => {
    const way = Array.from({ length: spans[index] ?? 0 }, () => next++)
    for (const [step, bend] of way.entries()) layers[(layer[parent] ?? 0) + 1 + step]?.push(bend)
    const path = [parent, ...way, child]
    for (let step = 1; step < path.length; step++) segments.push([path[step - 1] ?? 0, path[step] ?? 0])
    return way
  })
  return { layers, segments, ways }
}

/** For each node the nodes at the other end of its edges. */
function neighbours(count: number, edges: readonly Edge[], end: 0 | 1): number[][] {
  const lists: number[][] = Array.from({ length: count }, () => [])
  for (const edge of edges) lists[edge[end]]?.push(edge[end === 1 ? 0 : 1])
  return lists
}

/** The longest way from a root; a root is moved to just before its first child. */
function layersOf(count: number, above: number[][], below: number[][]): Int32Array {
  const layer = new Int32Array(count)
  const open = Int32Array.from({ length: count }, (_, node) => above[node]?.length ?? 0)
  const ready = [...open.keys()].filter((node) => open[node] === 0)
  for (const node of ready) {
    for (const child of below[node] ?? []) {
      layer[child] = Math.max(layer[child] ?? 0, (layer[node] ?? 0) + 1)
      open[child] = (open[child] ?? 0) - 1
      if (open[child] === 0) ready.push(child)
    }
  }
  for (let node = 0; node < count; node++) {
    const children = below[node] ?? []
    if (above[node]?.length || children.length === 0) continue
    const first = children.reduce(
      (least, child) => Math.min(least, layer[child] ?? 0),
      Number.MAX_SAFE_INTEGER,
    )
    layer[node] = Math.max(0, first - 1)
  }
  return layer
}

function group(layer: Int32Array): number[][] {
  const layers: number[][] = []
  layer.forEach((number, node) => {
    while (layers.length <= number) layers.push([])
    layers[number]?.push(node)
  })
  return layers
}

function mean(nodes: number[], y: Float64Array): number | undefined {
  if (nodes.length === 0) return undefined
  let sum = 0
  for (const node of nodes) sum += y[node] ?? 0
  return sum / nodes.length
}

/**
 * Sorts a layer by where its nodes want to be, and puts them as near to it as the gap that each needs allows:
 * neighbours that want the same place form a block around the mean of their wishes (isotonic regression).
 */
function spread(
  layer: number[],
  wish: (node: number) => number,
  gap: (node: number) => number,
  y: Float64Array,
): void {
  const wishes = new Map(layer.map((node) => [node, wish(node)]))
  layer.sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0) || a - b)
  const offsets: number[] = []
  const blocks: { sum: number; size: number }[] = []
  layer.forEach((node, index) => {
    const before = layer[index - 1]
    offsets.push(before === undefined ? 0 : (offsets[index - 1] ?? 0) + Math.max(gap(node), gap(before)))
    let block = { sum: (wishes.get(node) ?? 0) - (offsets[index] ?? 0), size: 1 }
    for (
      let last = blocks.at(-1);
      last && last.sum / last.size > block.sum / block.size;
      last = blocks.at(-1)
    ) {
      blocks.pop()
      block = { sum: last.sum + block.sum, size: last.size + block.size }
    }
    blocks.push(block)
  })
  let index = 0
  for (const { sum, size } of blocks) {
    for (let end = index + size; index < end; index++) {
      const node = layer[index]
      if (node !== undefined) y[node] = sum / size + (offsets[index] ?? 0)
    }
  }
}

/** The widest gap between rows that is left where no column has a node, in rows. */
const GAP = 1.4

/** Closes gaps that go through all columns: families that are not connected drift apart. */
function squeeze(y: Float64Array): void {
  const order = [...y.keys()].sort((a, b) => (y[a] ?? 0) - (y[b] ?? 0))
  let before = y[order[0] ?? 0] ?? 0
  let shift = 0
  for (const node of order) {
    const row = y[node] ?? 0
    shift += Math.max(0, row - before - GAP)
    before = row
    y[node] = row - shift
  }
}

/** Columns from left to right; a tall layer becomes several. Then rows are counted from the middle of each column. */
function columns(layers: number[][], y: Float64Array, tallest: number): Point[] {
  const folded = Number.isFinite(tallest)
  const points: Point[] = []
  let x = 0
  for (const layer of layers) {
    const width = Math.max(1, Math.ceil(layer.length / tallest))
    const height = Math.ceil(layer.length / width)
    layer.forEach((node, index) => {
      const row = folded ? (index % height) - (height - 1) / 2 : (y[node] ?? 0)
      points[node] = { x: x + Math.floor(index / height), y: row }
    })
    x += width
  }
  const least = points.reduce((value, point) => Math.min(value, point.y), Number.POSITIVE_INFINITY)
  for (const point of points) point.y -= least
  return points
}
