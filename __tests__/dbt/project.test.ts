import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Environment } from '../../src/dbt/environment.ts'
import { projectOf } from '../../src/dbt/project.ts'
import { inputNaming } from '../../src/inputs.ts'

/** A repository whose project is in `dbt/`, with its profiles in `ci/`. */
function workspaceOf(): string {
  const workspace = mkdtempSync(join(tmpdir(), 'project-'))
  for (const folder of ['dbt', 'ci']) mkdirSync(join(workspace, folder))
  writeFileSync(join(workspace, 'dbt/dbt_project.yml'), 'name: shop\n')
  writeFileSync(join(workspace, 'ci/profiles.yml'), '')
  return workspace
}

function project(env: Environment, more: { projectDir?: string; profilesDir?: string; token?: string } = {}) {
  const workspace = workspaceOf()
  const inputs = { projectDir: 'dbt', profilesDir: '', token: '', naming: inputNaming, ...more }
  return { workspace, ...projectOf({ command: ['build'], dbt: ['dbt'], workspace, env, ...inputs }) }
}

describe('an input beside the variable that means the same', () => {
  test.each(['DBT_PROJECT_DIR', 'DBT_ENGINE_PROJECT_DIR'])('project-dir and %s', (name) => {
    const { env, folder, workspace, notices } = project({ [name]: 'dbt' })
    expect(env[name]).toBeUndefined()
    expect(folder).toBe(join(workspace, 'dbt'))
    expect(notices).toEqual(['Input project-dir overrides DBT_PROJECT_DIR=dbt.'])
  })

  test('without the input the variable stands', () => {
    const { env, folder, workspace, notices } = project({ DBT_PROJECT_DIR: 'dbt' }, { projectDir: '.' })
    expect([env.DBT_PROJECT_DIR, folder, notices]).toEqual(['dbt', join(workspace, 'dbt'), []])
  })

  test('profiles-dir and DBT_PROFILES_DIR', () => {
    const { env, command, workspace, notices } = project({ DBT_PROFILES_DIR: 'other' }, { profilesDir: 'ci' })
    expect(env.DBT_PROFILES_DIR).toBeUndefined()
    expect(command.words).toContain(join(workspace, 'ci'))
    expect(notices).toEqual(['Input profiles-dir overrides DBT_PROFILES_DIR=other.'])
  })

  test('project-dir and a DBT_PROFILES_DIR that is meant from the workspace', () => {
    const { env, workspace, notices } = project({ DBT_PROFILES_DIR: 'ci' })
    expect(env.DBT_PROFILES_DIR).toBe(join(workspace, 'ci'))
    expect(notices).toEqual([`DBT_PROFILES_DIR=ci is read as ${join(workspace, 'ci')}.`])
  })

  test.each(['.', '/somewhere', '../ci'])('DBT_PROFILES_DIR=%s is left as it is', (value) => {
    const { env, notices } = project({ DBT_PROFILES_DIR: value })
    expect([env.DBT_PROFILES_DIR, notices]).toEqual([value, []])
  })
})

test.each([
  [{ DBT_DEBUG: '1' }, 'debug', []],
  [{ DBT_DEBUG: '0' }, 'info', []],
  [{ DBT_LOG_LEVEL: 'debug' }, 'debug', ['DBT_LOG_LEVEL=debug only affects this log']],
  [{ DBT_ENGINE_LOG_LEVEL: 'warn' }, 'warn', ['DBT_ENGINE_LOG_LEVEL=warn only affects this log']],
  [{ DBT_QUIET: 'true' }, 'error', ['DBT_QUIET=true only affects this log']],
  [{ DBT_LOG_FORMAT: 'text' }, 'info', ['DBT_LOG_FORMAT=text is not passed on']],
])('variables set what is shown, and dbt does not get them: %j', (env, level, begun) => {
  const { command, env: own, notices } = project(env)
  expect(command.level).toBe(level)
  expect(notices.map((notice, i) => notice.slice(0, begun[i]?.length))).toEqual(begun)
  for (const name of Object.keys(env)) expect([undefined, 'false']).toContain(own[name])
})

test('an option takes precedence over the variable', () => {
  const inputs = { command: ['--log-level', 'info', 'build'], dbt: ['dbt'], workspace: workspaceOf() }
  const more = { projectDir: 'dbt', profilesDir: '', token: '', naming: inputNaming }
  expect(projectOf({ ...inputs, ...more, env: { DBT_DEBUG: '1' } }).command.level).toBe('info')
})

test('a variable that holds the token is left out, by name', () => {
  const token = 'ghs_0123456789'
  const { env, notices } = project({ DBT_ENV_SECRET_GIT_CREDENTIAL: token, OTHER: 'ghs_other' }, { token })
  expect([env.DBT_ENV_SECRET_GIT_CREDENTIAL, env.OTHER]).toEqual([undefined, 'ghs_other'])
  expect(notices.join()).toContain('dbt does not get DBT_ENV_SECRET_GIT_CREDENTIAL')
  expect(notices.join()).toContain('Private packages need another token')
  expect(notices.join()).not.toContain(token)
})

describe('dbt that is not on PATH', () => {
  /** @param files programs and lock files, in the workspace; `bin` is on PATH, `home` is the user's folder */
  function programOf(...files: string[]) {
    const workspace = workspaceOf()
    for (const file of files) {
      mkdirSync(dirname(join(workspace, file)), { recursive: true })
      writeFileSync(join(workspace, file), '')
    }
    const env = { PATH: join(workspace, 'bin'), HOME: join(workspace, 'home') }
    const { program, notices } = projectOf({
      ...{ command: ['build'], dbt: ['dbt'], workspace, env, projectDir: 'dbt' },
      ...{ profilesDir: '', token: '', naming: inputNaming },
    })
    return { program: program.join(' ').replaceAll(`${workspace}/`, ''), notices: notices.length }
  }

  test.each([
    [['bin/dbt', '.venv/bin/dbt', 'uv.lock', 'bin/uv'], 'dbt'],
    [['.venv/bin/dbt', 'uv.lock', 'bin/uv'], '.venv/bin/dbt'],
    [['dbt/venv/bin/dbt', '.venv/bin/dbt'], 'dbt/venv/bin/dbt'],
    [['uv.lock', 'bin/uv', 'home/.local/bin/dbt'], 'uv run dbt'],
    [['uv.lock', 'dbt/poetry.lock', 'bin/poetry'], 'poetry run dbt'],
    [['uv.lock', 'home/.local/bin/dbt'], 'home/.local/bin/dbt'],
    [[], 'dbt'],
  ])('%j: %s', (files, program) => {
    expect(programOf(...files)).toEqual({ program, notices: program === 'dbt' ? 0 : 1 })
  })
})
