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

/** Names in braces, or the variable that has the module. */
const IMPORT = /^(?:import \{(.+)\} from |const (\w+) = require\()['"]undici['"]/m

describe('dist/fetch, which stands for undici', () => {
  const modules = readdirSync(join(root, 'node_modules'), { recursive: true, encoding: 'utf8' })
  const sources = modules.filter((path) => /^(@actions|@octokit|@azure)\b.*\.[mc]?js$/.test(path))

  it('exports all that is imported from undici', async () => {
    const stand = Object.keys(await import('../src/fetch.ts'))
    const users = sources.map((path) => read(join('node_modules', path))).filter((text) => IMPORT.test(text))
    expect(users.length).toBeGreaterThan(1)
    for (const text of users) {
      const [, named = '', required] = IMPORT.exec(text) ?? []
      const uses = required
        ? [...text.matchAll(new RegExp(`\\b${required}\\.(\\w+)`, 'g'))].map(([, use]) => use)
        : []
      const names = [...named.split(','), ...uses].map((name) => name?.trim()).filter(Boolean)
      expect(names).not.toEqual([])
      expect(stand).toEqual(expect.arrayContaining(names))
    }
  })

  it('has the version of undici that they want', () => {
    // Two versions would be two folders.
    expect(modules.filter((path) => /(^|node_modules\/)undici$/.test(path))).toEqual(['undici'])
  })
})

describe('the reusable workflow', () => {
  const workflow = parse(read('.github/workflows/dbt.yml')) as {
    on: {
      workflow_call: {
        inputs: Record<string, { default?: unknown; description?: string }>
        outputs: Record<string, unknown>
      }
    }
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

  it('is explained with all of its inputs and outputs', () => {
    const page = read('docs/reusable-workflow.md')
    const { outputs } = workflow.on.workflow_call
    for (const name of [...Object.keys(inputs), ...Object.keys(outputs)])
      expect(page).toContain(`\`${name}\``)
  })

  it('has the inputs that a team sets', () => {
    const own = ['github-token', 'matrix', 'dbt', 'redact', 'sha']
    const missing = Object.keys(INPUTS).filter((name) => !shared.includes(name) && !own.includes(name))
    // A called workflow has one set of flags for all; these are set where the Action is used itself. No step of it
    // could read a file.
    const files = ['junit', 'json', 'code-quality', 'trace']
    const rest = ['failing-rows', 'annotations', 'api-share']
    expect(missing).toEqual(['max-checks', 'tests', ...files, ...rest])
  })
})

describe('the documentation', () => {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'example/README.md']
  const all = [...pages, ...docs.map((name) => `docs/${name}`)]

  it('has the inputs and outputs of action.yml', () => {
    const check = spawnSync(process.execPath, [join(root, 'script/update-readme'), '--check'], {
      encoding: 'utf8',
    })
    expect(check.stderr).toBe('')
    expect(check.status).toBe(0)
  })

  it.each(all)('has links to files and headings that exist: %s', (page) => {
    const broken = linksOf(prose(page)).filter((link) => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : join(dirname(page), path)
      if (!existsSync(join(root, target))) return true
      return anchor !== undefined && !anchorsOf(prose(target)).includes(anchor)
    })
    expect(broken).toEqual([])
  })

  it('has YAML that can be read', () => {
    const fences = all.flatMap((page) =>
      [...read(page).matchAll(/^```ya?ml\n([\s\S]*?)^```$/gm)].map(([, yaml = '']) => ({ page, yaml })),
    )
    expect(fences.length).toBeGreaterThan(20)
    for (const { page, yaml } of fences) expect(() => parse(yaml), `${page}:\n${yaml}`).not.toThrow()
  })

  it('links from README.md to every page of docs/, but for the one for contributors', () => {
    const linked = linksOf(prose('README.md'))
    const missing = docs.filter((name) => !linked.includes(`docs/${name}`))
    expect(missing.filter((name) => name !== 'benchmarks.md')).toEqual(['threat-model.md'])
  })

  it('has pages that are read in five minutes, at 200 words a minute', () => {
    // The tables that are made from action.yml are looked up rather than read.
    const words = (page: string) =>
      read(page)
        .replace(/<!-- (\w+): made by[\s\S]*?<!-- end of \1 -->/g, '')
        .match(/\p{L}[\p{L}\p{M}'’.-]*/gu)?.length ?? 0
    const long = ['README.md', ...docs.map((name) => `docs/${name}`)].filter((page) => words(page) > 1000)
    expect(long.filter((page) => page !== 'docs/benchmarks.md')).toEqual([])
  })

  it.each([
    ['README.md', 'examples/minimal.yml'],
    ['docs/reruns.md', 'examples/pull-request.yml'],
  ])('shows in %s the workflow that is kept as %s', (page, example) => {
    const [, shown] = /```yaml\n([\s\S]*?)```/.exec(read(page)) ?? []
    const kept = read(example)
      .split('\n')
      .filter((line) => !line.startsWith('#'))
    expect(shown).toBe(kept.join('\n'))
  })

  it('never leaves the token on disk, in pages and examples, as SECURITY.md says', () => {
    const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
    const files = [
      ...all,
      ...examples.filter((name) => /\.ya?ml$/.test(name)).map((name) => `examples/${name}`),
    ]
    const checkouts = files.flatMap((file) =>
      [...read(file).matchAll(/uses: \S*actions\/checkout@.*\n((?:\s+(?!- ).*\n)*)/g)].map(([, step]) => [
        file,
        step,
      ]),
    )
    expect(checkouts.length).toBeGreaterThan(5)
    expect(checkouts.filter(([, step]) => !step?.includes('persist-credentials: false'))).toEqual([])
  })

  it('asks in README.md for the permissions that the Action needs, and no others', () => {
    const { permissions } = parse(read('examples/minimal.yml')) as { permissions: Record<string, string> }
    expect(permissions).toEqual({ contents: 'read', checks: 'write' })
  })

  it('names only inputs that exist, in README.md and in the steps of all examples', () => {
    const steps = all.flatMap((page) => [
      ...read(page).matchAll(/uses: OWNER\/dbt-watcher@\S+\n((?:\s+(?!- ).*\n)*)/g),
    ])
    expect(steps.length).toBeGreaterThan(5)
    const named = steps.flatMap(([, rest = '']) => {
      const block = parse(rest.replace(/^ *```[\s\S]*/m, '')) as { with?: Record<string, unknown> } | null
      return Object.keys(block?.with ?? {})
    })
    expect(named).toContain('project-dir')
    const [, table = ''] = /\| input \|.*\n\|---.*\n((?:\|.*\n)+)/.exec(read('README.md')) ?? []
    const shown = [...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name ?? '')
    expect(shown).toHaveLength(6)
    expect([...named, ...shown].filter((name) => !(name in INPUTS))).toEqual([])
  })

  /** A page without its code. */
  function prose(page: string): string {
    return read(page)
      .replace(/^ *```[\s\S]*?^ *```$/gm, '')
      .replace(/(?<!`)`[^`\n]+`(?!`)/g, (code) => code.replace(/[[\]()#]/g, ''))
  }

  function linksOf(text: string): string[] {
    return [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  }

  /** As GitHub names headings: lower case, without punctuation, blanks as hyphens. */
  function anchorsOf(text: string): string[] {
    return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    )
  }
})

describe('the workflow of Slim CI', () => {
  const workflow = parse(read('examples/slim-ci.yml')) as {
    concurrency: { group: string }
    jobs: Record<
      'build' | 'drop',
      { env: Record<string, string>; steps: { with?: Record<string, string> }[] }
    >
  }

  it('keeps a pull request that was merged apart from the branch that it was merged into', () => {
    expect(workflow.concurrency.group).toContain('github.event.number || github.ref')
  })

  it('drops the schema that it built in, by the macro of the documentation', () => {
    const { build, drop } = workflow.jobs
    expect(build.env.DBT_SCHEMA).toContain("format('pr_{0}', github.event.number)")
    expect(drop.env.DBT_SCHEMA).toMatch(/^pr_\$\{\{ github\.event\.number \}\}$/)
    const command = drop.steps.find((step) => step.with?.command)?.with?.command ?? ''
    const macro = command.replace('run-operation ', '')
    expect(read('docs/slim-ci.md')).toContain(`{% macro ${macro}() %}`)
    // dbt has macros of its own for adapters, which one of the same name would take the place of.
    expect(['drop_schema', 'create_schema', 'list_schemas']).not.toContain(macro)
  })
})
