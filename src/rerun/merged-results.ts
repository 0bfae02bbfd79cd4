import { readEntries } from '../dbt/entries.ts'
import { type Hide, hideIn } from '../dbt/redact.ts'
import { fields, number, text } from '../json.ts'
import { writeWhole } from '../whole-file.ts'

const SECTIONS = new Set(['metadata', 'args', 'elapsed_time', 'results'])

/**
 * Writes a run_results.json with the latest result of each node, secrets hidden.
 * @param paths of several such files, the oldest first; what is not a node's result comes from the last
 * @throws Error where a file cannot be read or written
 */
export async function mergeRunResults(paths: string[], to: string, hide: Hide): Promise<void> {
  await writeWhole(to, mergedPieces(paths, hide))
}

async function* mergedPieces(paths: string[], hide: Hide): AsyncGenerator<string> {
  const head: Record<string, Record<string, unknown>> = { metadata: {}, args: {} }
  const seen = new Set<string>()
  let seconds = 0
  let before = '{"results":['
  for (const path of paths.toReversed()) {
    const newest = path === paths.at(-1)
    for await (const [section, key, value] of readEntries(path, SECTIONS)) {
      if (section === 'elapsed_time') seconds += number(value) ?? 0
      else if (section !== 'results') {
        const known = head[section]
        if (newest && known && key !== '') known[hide(key)] = hideIn(value, hide)
      } else {
        const id = text(fields(value).unique_id)
        if (seen.has(id)) continue
        seen.add(id)
        yield `${before}\n${JSON.stringify(hiddenResult(value, hide))}`
        before = ','
      }
    }
  }
  const rest = JSON.stringify({ elapsed_time: seconds, ...head }).slice(1)
  yield `${before === ',' ? '' : before}\n],${rest}\n`
}

/** A node's result, all but its id, which must stay what it is. */
function hiddenResult(result: unknown, hide: Hide): object {
  const { unique_id, ...others } = fields(result)
  return { unique_id, ...(hideIn(others, hide) as object) }
}
