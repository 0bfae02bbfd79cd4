import { useRef, useState } from 'preact/hooks'

type XY = [x: number, y: number]

interface PointerUse<Target> {
  /** What is at a point of the canvas. */
  at(x: number, y: number): Target | undefined
  onClick(target: Target): void
  /** For each step of a drag, by how many pixels. */
  onDrag?(x: number, y: number): void
  /** At the end of a drag. */
  onDrop?(from: XY, to: XY): void
}

/** A movement of fewer pixels is a click. */
const CLICK = 5

/** Hovering, clicking and dragging on a canvas, by mouse, pen or finger. */
export function usePointer<Target>({ at, onClick, onDrag, onDrop }: PointerUse<Target>) {
  const [hovered, setHovered] = useState<Target>()
  const [pointer, setPointer] = useState<XY>([0, 0])
  const [dragged, setDragged] = useState<[from: XY, to: XY]>()
  const grip = useRef<XY>(undefined)
  const handlers = {
    onPointerDown: (event: PointerEvent) => {
      if (event.button === 0) grip.current = [event.offsetX, event.offsetY]
    },
    onPointerMove: ({ offsetX: x, offsetY: y }: PointerEvent) => {
      const from = grip.current
      if (!from) setHovered(() => at(x, y))
      else if (dragged || Math.hypot(x - from[0], y - from[1]) > CLICK) {
        const last = dragged?.[1] ?? from
        onDrag?.(x - last[0], y - last[1])
        setDragged([from, [x, y]])
        setHovered(undefined)
      }
      setPointer([x, y])
    },
    onPointerUp: ({ offsetX: x, offsetY: y }: PointerEvent) => {
      const target = grip.current && !dragged ? at(x, y) : undefined
      if (dragged) onDrop?.(dragged[0], [x, y])
      else if (target !== undefined) onClick(target)
      grip.current = undefined
      setDragged(undefined)
    },
    onPointerLeave: () => {
      grip.current = undefined
      setDragged(undefined)
      setHovered(undefined)
    },
  }
  return { hovered, pointer, dragged, handlers }
}
