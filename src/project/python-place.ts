import { squeeze } from './template.ts'

/**
 * The line of a Python model that its traceback ends in, as far as it is the model's own: the frames of libraries and
 * of dbt follow and precede it. The file has another name where it ran, but its lines are printed below each frame.
 * @returns undefined where no frame is of the model
 */
export function pythonLine(source: string, message: string): number | undefined {
  const lines = source.split('\n')
  const frames = [
    ...message
      .slice(-30_000)
      .matchAll(/^[ \t]*File "([^"\n]{1,500})", line (\d{1,6})(?:, in [^\n]*)?\n([^\n]*)/gm),
  ]
  for (const [, path = '', number, code = ''] of frames.reverse()) {
    if (/site-packages|dist-packages|\/lib\/python/.test(path)) continue
    const line = Number(number)
    const text = squeeze(code)
    if (text !== '' && squeeze(lines[line - 1] ?? '') === text) return line
    const same = lines.flatMap((candidate, i) =>
      text.length > 3 && squeeze(candidate) === text ? [i + 1] : [],
    )
    if (same.length === 1) return same[0]
    // Spark and Snowpark run code without its text: `File "<string>", line 12, in model`.
    if (/^<|_udf_code|\.py$/.test(path) && /^[ \t]*(File|\w*Error|$)/.test(code) && line <= lines.length)
      return line
  }
  return undefined
}
