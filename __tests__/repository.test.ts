import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { INPUTS } from '../src/inputs.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const action = parse(read('action.yml')) as {
  inputs: Record<string, { default?: string; description: string }>
  runs: Record<string, string>
}

describe('action.yml', () => {
  it('has the inputs, defaults and descriptions of the table', () => {
    // GitHub fills these two in; a terminal has neither.
    const github = ['github-token', 'matrix']
    const written = Object.entries(action.inputs).map(([name, input]) => [
      name,
      { default: github.includes(name) ? '' : (input.default ?? ''), description: input.description },
    ])
    const table = Object.entries(INPUTS).map(([name, entry]) => [
      name,
      { default: entry.default, description: entry.description },
    ])
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(table))
    for (const name of github) expect(action.inputs[name]?.default).toMatch(/^\$\{\{.*\}\}$/)
  })

  it('names programs that exist', () => {
    expect(action.runs.using).toBe('node24')
    for (const entry of ['main', 'post']) {
      expect(action.runs[entry]).toBe(`dist/${entry}/index.js`)
      expect(existsSync(join(root, action.runs[entry] ?? ''))).toBe(true)
    }
  })
})

describe('the reusable workflow', () => {
  const workflow = parse(read('.github/workflows/dbt.yml')) as {
    on: { workflow_call: { inputs: Record<string, { default?: unknown; description?: string }> } }
    jobs: { dbt: { steps: { id?: string; with?: Record<string, string> }[] } }
  }
  const { inputs } = workflow.on.workflow_call
  const passed = workflow.jobs.dbt.steps.find(({ id }) => id === 'dbt')?.with ?? {}
  const shared = Object.keys(inputs).filter((name) => name in INPUTS)

  it('passes only inputs of the Action', () => {
    expect(Object.keys(passed).filter((name) => !(name in INPUTS))).toEqual([])
  })

  it('passes each input that it shares with the Action, with the same default', () => {
    for (const name of shared) {
      expect(passed[name], name).toMatch(new RegExp(`inputs\\.${name}\\b`))
      const { default: byDefault = '' } = inputs[name] ?? {}
      expect(String(byDefault), name).toBe(INPUTS[name as keyof typeof INPUTS].default)
    }
  })

  it('has the inputs that a team sets', () => {
    const own = ['github-token', 'matrix', 'dbt', 'redact', 'sha']
    const missing = Object.keys(INPUTS).filter((name) => !shared.includes(name) && !own.includes(name))
    // A called workflow has one set of flags for all; these are set where the Action is used itself. No step of it
    // could read a file.
    const files = ['junit', 'json', 'code-quality', 'trace']
    expect(missing).toEqual(['max-checks', 'tests', 'rerun', ...files, 'annotations', 'api-share'])
  })
})

describe('README.md', () => {
  it('has the inputs and outputs of action.yml', () => {
    const check = spawnSync(process.execPath, [join(root, 'script/update-readme'), '--check'], {
      encoding: 'utf8',
    })
    expect(check.stderr).toBe('')
    expect(check.status).toBe(0)
  })

  it('links to files that exist', () => {
    const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
    const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']
    for (const page of [...pages, ...docs.map((name) => `docs/${name}`)]) {
      const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '')
      expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
    }
  })

  it('shows the workflow that is kept in examples/', () => {
    const [, shown] = /```yaml\n([\s\S]*?)```/.exec(read('README.md')) ?? []
    const kept = read('examples/pull-request.yml')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
    expect(shown).toBe(kept.join('\n'))
  })
})
