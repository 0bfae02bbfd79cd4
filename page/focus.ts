/** Where the keyboard was before it went to the panel. */
let origin: HTMLElement | undefined

/** Goes to the panel of a node once that is shown: on the page it comes after everything else. */
export function enterPanel(from: HTMLElement): void {
  if (!from.closest('.panel')) origin = from
  requestAnimationFrame(() => document.getElementById('panel-title')?.focus())
}

/** Goes back to where the keyboard was. */
export function leavePanel(): void {
  origin?.focus()
  origin = undefined
}
