import { Group } from './box.tsx'

interface SegmentsProps<Value extends string> {
  label: string
  value: Value
  options: [Value, string][]
  on(value: Value): void
}

/** One of a few ways to show something. */
export function Segments<Value extends string>({ label, value, options, on }: SegmentsProps<Value>) {
  return (
    <Group class="segments" label={label}>
      {options.map(([option, text]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => on(option)}>
          {text}
        </button>
      ))}
    </Group>
  )
}
