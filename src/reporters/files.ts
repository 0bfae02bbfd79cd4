/** The files for other programs. */
import { lstat, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Inputs } from '../inputs.ts'
import type { FileInput } from '../report/source-file.ts'
import type { Subject } from '../report/subject.ts'
import { writeWhole } from '../whole-file.ts'
import type { Findings } from './evidence.ts'
import type { Reporter } from './reporter.ts'

export interface FilesOptions {
  inputs: Pick<Inputs, 'junit' | 'json' | 'code-quality' | 'trace'>
  /** Where relative paths start. */
  workspace: string
  subject: Subject
  findings: Findings
}

/** A reporter for each file that the inputs name. */
export function files({ inputs, workspace, subject, findings }: FilesOptions): Reporter[] {
  // Each is loaded only for a run that writes it.
  const views: [name: string, path: string, view: (input: FileInput) => Promise<string>][] = [
    ['JUnit report', inputs.junit, async (input) => (await import('../report/junit.ts')).junit(input)],
    ['JSON file', inputs.json, async (input) => (await import('../report/json.ts')).runJson(input)],
    [
      'Code Quality report',
      inputs['code-quality'],
      async (input) => {
        const { codeQuality } = await import('../report/code-quality.ts')
        return codeQuality(input, await findings.problems())
      },
    ],
    ['trace', inputs.trace, async (input) => (await import('../report/trace.ts')).trace(input)],
  ]
  return views
    .filter(([, path]) => path !== '')
    .map(([name, path, view]) => {
      const file = resolve(workspace, path)
      return fileReporter(`${name} ${path}`, file, async (run) => {
        return await view({ run, subject, evidence: await findings.ofFailures() })
      })
    })
}

/** Writes a file at the end; one that an earlier run left is removed first, so that it is not taken for this run's. */
function fileReporter(
  name: string,
  path: string,
  text: (run: FileInput['run']) => Promise<string>,
): Reporter {
  // Nothing waits for it but the writing; a path that cannot be removed cannot be written either.
  const ready = prepare(path)
  return {
    name,
    finish: async (run) => {
      const isFile = await ready
      const whole = await text(run)
      await (isFile ? writeWhole(path, [whole]) : writeFile(path, whole))
    },
  }
}

/** Removes a file. @returns false for what is there and is none, such as /dev/stdout, which is written as it is */
async function prepare(path: string): Promise<boolean> {
  const there = await lstat(path).catch(() => undefined)
  if (there && !there.isFile()) return false
  await rm(path, { force: true }).catch(() => {})
  return true
}
