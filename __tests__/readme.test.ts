import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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

describe('README.md', () => {
  it('has the inputs and outputs of action.yml', () => {
    const check = spawnSync(process.execPath, [join(root, 'script/update-readme'), '--check'], {
      encoding: 'utf8',
    })
    expect(check.stderr).toBe('')
    expect(check.status).toBe(0)
  })

  it('links to files that exist', () => {
    for (const page of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']) {
      const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '')
      expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([])
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
