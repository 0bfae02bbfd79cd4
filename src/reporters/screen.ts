/** A terminal, or what stands in for it. */
export interface Screen {
  write(text: string): void
  columns(): number
  rows(): number
  /** Shows the cursor, or hides it. */
  cursor(shown: boolean): void
}

const HIDE = '\u001b[?25l'
const SHOW = '\u001b[?25h'

type Output = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows'>
type Host = Pick<NodeJS.Process, 'on' | 'off' | 'kill' | 'pid'>

/** The cursor is shown again however the process ends, and while it is suspended. */
export function screenOf(output: Output, host: Host = process): Screen {
  let hidden = false
  const show = () => void output.write(SHOW)
  // A listener keeps the process from being suspended, so that is done here.
  const suspend = () => {
    show()
    host.kill(host.pid, 'SIGSTOP')
  }
  const resume = () => void output.write(HIDE)
  const listeners = { exit: show, SIGTSTP: suspend, SIGCONT: resume }
  return {
    write: (text) => void output.write(text),
    columns: () => output.columns || 80,
    rows: () => output.rows || 24,
    cursor: (shown) => {
      if (shown !== hidden) return
      hidden = !shown
      output.write(shown ? SHOW : HIDE)
      for (const [event, listener] of Object.entries(listeners)) {
        if (shown) host.off(event, listener)
        else host.on(event, listener)
      }
    },
  }
}
