/** Where the command line prints, and what can be shown there. */
import { hostname } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Environment } from '../dbt/environment.ts'
import type { Place } from '../project/place.ts'
import { type Abilities, abilitiesOf } from '../report/abilities.ts'
import { ciHost } from '../report/ci/host.ts'
import type { FileLine, Style } from '../report/row.ts'

export interface Printer {
  abilities: Abilities
  style: Style
  /** Text as it may be shown here: without colours where there are none. */
  shown(text: string): string
  print(text: string): void
}

/** @param workspace the folder that printed paths are relative to */
export function printerOf(
  output: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>,
  env: Environment,
  workspace: string,
): Printer {
  const abilities = abilitiesOf(env, Boolean(output.isTTY), ciHost(env) !== undefined)
  const { colour, hyperlinks } = abilities
  const hrefOf = hyperlinks ? (path: string, line?: number) => fileUrl(workspace, path, line) : undefined
  const shown = (text: string) => (colour ? text : text.replace(SGR, ''))
  return {
    abilities,
    style: { colour, hrefOf },
    shown,
    print: (text) => void output.write(`${shown(text)}\n`),
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours and weights
const SGR = /\u001b\[[0-9;]*m/g

/** With the name of the machine, as terminals want it, since ssh may lead elsewhere; the fragment is the line. */
function fileUrl(workspace: string, path: string, line: number | undefined): string {
  const url = pathToFileURL(resolve(workspace, path))
  // There it would be a network share.
  if (process.platform !== 'win32') url.host = hostname()
  return line === undefined ? url.href : `${url.href}#${line}`
}

/** A place in the repository as it is called in the workspace, where terminals and editors look for it. */
export function fromWorkspace({ path, line }: Place, repository: string, workspace: string): FileLine {
  return { path: relative(workspace, join(repository, path)).replaceAll('\\', '/'), line }
}
