import type { ComponentChildren } from 'preact'

interface BoxProps {
  label: string
  class?: string
  children: ComponentChildren
}

/** A part that scrolls by itself, so that the keyboard must reach it. */
export function Scroll({ label, class: name = '', children }: BoxProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: else only a mouse could scroll it
    <section class={`scrolls ${name}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  )
}

/** Controls that belong together. */
export function Group({ label, class: name = '', children }: BoxProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div class={name} role="group" aria-label={label}>
      {children}
    </div>
  )
}
