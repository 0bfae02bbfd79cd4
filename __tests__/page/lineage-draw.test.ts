import { expect, test } from 'vitest'
import { graphOf, isDrawn } from '../../page/graph.ts'
import { layered } from '../../page/layout.ts'
import { BOX, type Camera, drawingOf, firstView, fit, heightFor } from '../../page/lineage-draw.ts'
import { modelOf } from '../../page/model.ts'
import { madeUp } from './made-up.ts'

const model = modelOf(madeUp(300))
const graph = graphOf(model, 'all', undefined)
const drawing = drawingOf(graph, layered(graph.boxes.length, graph.edges, 24))

/** How much of the canvas is empty on each side; negative where the drawing goes on there. */
function margins({ x, y, scale }: Camera, width: number, height: number) {
  const [right, bottom] = [width - x - drawing.width * scale, height - y - drawing.height * scale]
  return { left: x, right, top: y, bottom }
}

test('a narrow canvas shows the worst failure at first, as large as it can be read', () => {
  const height = heightFor(drawing, 362)
  const worst = model.ran.find(isDrawn)
  const index = graph.boxes.findIndex(({ items: [item] }) => item === worst)
  expect(worst?.outcome).toBe('failed')
  // One that is not drawn stands for none.
  for (const wanted of [[worst], [undefined, worst], [model.ran.find((item) => !isDrawn(item)), worst]]) {
    const camera = firstView(drawing, 362, height, wanted)
    expect(camera.scale).toBeGreaterThan(0.6)
    const { x, y } = drawing.points[index] ?? { x: 0, y: 0 }
    const [left, top] = [camera.x + x * BOX.column * camera.scale, camera.y + y * BOX.row * camera.scale]
    expect(Math.min(left, 362 - left - BOX.width * camera.scale)).toBeGreaterThan(15)
    expect(Math.min(top, height - top - BOX.height * camera.scale)).toBeGreaterThan(15)
  }
})

test('a drawing that can be read as a whole is seen as a whole', () => {
  const few = graphOf(modelOf(madeUp(4)), 'all', undefined)
  const small = drawingOf(few, layered(few.boxes.length, few.edges, 24))
  const height = heightFor(small, 1300)
  expect(firstView(small, 1300, height, [few.boxes[0]?.items[0]])).toEqual(fit(small, 1300, height))
})

test('a wide one shows the part around a node, and nothing empty beside it', () => {
  const height = heightFor(drawing, 900)
  for (const item of graph.boxes.flatMap(({ items }) => items)) {
    const camera = firstView(drawing, 900, height, [item])
    expect(camera.scale).toBeGreaterThan(0.6)
    for (const margin of Object.values(margins(camera, 900, height))) expect(margin).toBeLessThan(17)
  }
})
