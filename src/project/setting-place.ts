import type { Lookup, Spot } from './place.ts'
import { readSource } from './source-files.ts'
import { allMatches, linesWith } from './words.ts'
import { pathLine } from './yaml-entries.ts'

/** A setting of dbt_project.yml, profiles.yml or selectors.yml that dbt refuses, or that does nothing. */
export async function settingSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  return (
    (await unusedSpot(text, lookup)) ??
    (await versionSpot(text, lookup)) ??
    (await targetSpot(text, lookup)) ??
    (await valueSpot(text, lookup))
  )
}

/** The first path of dbt_project.yml that configures nothing: `- models.shop.staging`. */
async function unusedSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  if (!/^Configuration paths exist in your dbt_project\.yml/.test(text)) return undefined
  const way = /^- ([^\s]{1,500})$/m.exec(text)?.[1]?.split('.') ?? []
  const file = await lookup.resolve('dbt_project.yml')
  if (file === undefined) return undefined
  return { path: file, line: pathLine(await readSource(file), '', '', way) ?? 1 }
}

/** Another version of dbt than dbt_project.yml asks for; what a package asks for is not the project's to edit. */
async function versionSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  const name = /version of dbt is not supported with the '([^'\n]{1,200})' package/.exec(text)?.[1]
  if (name === undefined) return undefined
  return await lookup.once(
    (path) => path === 'dbt_project.yml',
    (source) => {
      const isIts = linesWith(source.split('\n'), name).some((line) =>
        /^name:/.test(source.split('\n')[line - 1] ?? ''),
      )
      return isIts ? allMatches(source, /^require-dbt-version:/m) : []
    },
  )
}

/** A target of a profile that lacks what every target has. */
async function targetSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  const [, profile = '', target = ''] =
    /not found in profile ([^\s']{1,200}) and target ([^\s']{1,200})/.exec(text) ?? []
  const way = [profile, 'outputs', target]
  return target === ''
    ? undefined
    : await lookup.once(
        (path) => path === 'profiles.yml',
        (source) => [pathLine(source, '', '', way) ?? 0].filter((line) => line > 0),
      )
}

/** Settings that dbt refuses, and the line that holds them: the error, the file, and what stands before the value. */
const SETTINGS: [error: RegExp, files: string[], before: string][] = [
  [
    /does not have a target named '([^'\n]{1,200})'|target '([^'\n]{1,200})' not found in profile/,
    ['profiles.yml'],
    'target:',
  ],
  [
    /Could not find profile named '([^'\n]{1,200})'|Profile '([^'\n]{1,200})' not found/,
    ['dbt_project.yml'],
    'profile:',
  ],
  [
    /Could not find adapter type ['"]?([\w-]{1,100})|profiles\.yml: unknown variant `([\w-]{1,100})`/,
    ['profiles.yml'],
    'type:',
  ],
  [
    /not contain a dbt_project\.yml file: \S{0,500}?([\w.-]{1,100})\/?\s*$/m,
    ['packages.yml', 'dependencies.yml'],
    'local:',
  ],
  [
    /at path \['threads'\]: '?([^'\n]{1,100}?)'? is not|Invalid number of threads in profiles\.yml: (\S{1,100})/,
    ['profiles.yml'],
    'threads:',
  ],
  [/'([^'\n]{1,200})' is not a valid method name/, ['selectors.yml'], 'method:'],
]

async function valueSpot(text: string, lookup: Lookup): Promise<Spot | undefined> {
  for (const [error, files, before] of SETTINGS) {
    const match = error.exec(text)
    const value = match?.[1] ?? match?.[2]
    if (value === undefined) continue
    return await lookup.once(
      (path) => files.includes(path),
      (source) => {
        const lines = source.split('\n')
        return linesWith(lines, value).filter((line) => (lines[line - 1] ?? '').includes(before))
      },
    )
  }
  return undefined
}
