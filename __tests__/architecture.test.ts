import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const src = join(root, 'src')

/** Each imports only from itself and from those before it; the design has the reasons. */
const ORDER = [
  ['json', 'reason', 'escapes', 'sleep', 'folder', 'git', 'signals', 'claim', 'exit', 'node20', 'runner'],
  ['whole-file'],
  ['dbt'],
  ['project'],
  ['run'],
  ['report'],
  ['github'],
  ['inputs'],
  ['surroundings'],
  ['rerun'],
  ['reporters'],
  ['amend', 'watch'],
  ['start'],
  ['setup'],
  ['v8'],
  ['arguments'],
  ['uploads'],
  ['action', 'terminal', 'unfinished', 'comment'],
  ['main', 'post', 'cli', 'artifact', 'fetch'],
]

const sources = filesOf(src).map((path) => ({ path, text: readFileSync(join(src, path), 'utf8') }))
const imports = sources.flatMap(({ path, text }) => importsOf(text).map((name) => ({ path, name })))

describe('src/', () => {
  it('has no file outside the order', () => {
    expect(sources.filter(({ path }) => rankOf(path) < 0).map(({ path }) => path)).toEqual([])
  })

  it('imports only what stands before, and no root', () => {
    const wrong = imports.filter(({ path, name }) => {
      if (!name.startsWith('.') || name.endsWith('.json')) return false
      const imported = rankOf(join(dirname(path), name))
      return imported < 0 || imported > rankOf(path) || imported === ORDER.length - 1
    })
    expect(wrong).toEqual([])
  })

  it('spreads no literals to make lines shorter', () => {
    const spreads = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/^\s*\.\.\.\{ \w.*$/gm)].map(([line]) => `${path}: ${line.trim()}`),
    )
    expect(spreads).toEqual([])
  })

  it('exports each name once', () => {
    const exported = /^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm
    const places = new Map<string, string[]>()
    for (const { path, text } of sources) {
      for (const [, name = ''] of text.matchAll(exported))
        places.set(name, [...(places.get(name) ?? []), path])
    }
    expect([...places].filter(([, paths]) => paths.length > 1)).toEqual([])
  })

  it('has no clock, disk, environment or network in run/ and report/', () => {
    const isPure = ({ path }: { path: string }) => /^(run|report)\//.test(path)
    // It computes and touches nothing.
    const harmless = ['node:crypto', 'node:util', 'zod', 'zod/mini', 'fast-xml-builder']
    const outside = imports.filter(
      (line) => isPure(line) && !line.name.startsWith('.') && !harmless.includes(line.name),
    )
    expect(outside).toEqual([])
    const impure =
      /\b(Date\.now|new Date\(\)|performance\.|process\.|fetch\(|setTimeout|setInterval|Math\.random|random[A-Z]\w+\()/g
    const touched = sources
      .filter(isPure)
      .flatMap(({ path, text }) => [...codeOf(text).matchAll(impure)].map(([word]) => `${path}: ${word}`))
    expect(touched).toEqual([])
  })

  it('has no function of more than 60 lines', () => {
    // A machine over bytes, whose states belong together.
    const others = sources.filter(({ path }) => path !== 'dbt/entries.ts')
    const long = others.flatMap(({ path, text }) => longFunctions(path, text))
    expect(long).toEqual([])
  })

  it('names the modules of Node with node:', () => {
    expect(imports.filter(({ name }) => builtinModules.includes(name))).toEqual([])
  })
})

describe('page/', () => {
  const files = filesOf(join(root, 'page'), /\.tsx?$/)
  const parts = files.map((path) => ({ path, text: readFileSync(join(root, 'page', path), 'utf8') }))

  it('imports preact, itself, and of src/ types and what a status means', () => {
    const lines = parts.flatMap(({ path, text }) =>
      [...text.matchAll(/^import (type )?.*?from '([^']+)'/gms)].map(([, type, name = '']) => ({
        path,
        type,
        name,
      })),
    )
    expect(lines.length).toBeGreaterThan(50)
    const own = /^(preact(\/hooks)?|\.\/[\w-]+\.tsx?)$/
    // A status means the same in both, and a figure looks the same.
    const shared = ['../src/run/status.ts', '../src/report/figures.ts']
    const typed = ['../src/report/page-data.ts', ...shared]
    expect(
      lines.filter(
        ({ type, name }) => !own.test(name) && !(type && typed.includes(name)) && !shared.includes(name),
      ),
    ).toEqual([])
  })

  it('has no function of more than 60 lines', () => {
    expect(parts.flatMap(({ path, text }) => longFunctions(path, text))).toEqual([])
  })

  it('parses no HTML and runs no text', () => {
    const risky =
      /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function/
    expect(parts.filter(({ text }) => risky.test(text)).map(({ path }) => path)).toEqual([])
  })
})

describe('script/', () => {
  // Most have no ending, so that the compiler does not look at them.
  it('imports files that are there', () => {
    const folder = join(root, 'script')
    const names = filesOf(folder, /^[\w.-]+$/)
    const lines = names.flatMap((path) => {
      return importsOf(readFileSync(join(folder, path), 'utf8')).map((name) => ({ path, name }))
    })
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.filter(({ name }) => name.startsWith('.') && !existsSync(join(folder, name)))).toEqual([])
  })
})

describe('__tests__/', () => {
  it('mocks no module', () => {
    const mock = ['vi.mock(', 'vi.doMock(']
    const tests = filesOf(import.meta.dirname).filter((path) => path !== 'architecture.test.ts')
    const mocking = tests.filter((path) => {
      const text = readFileSync(join(import.meta.dirname, path), 'utf8')
      return mock.some((word) => text.includes(word))
    })
    expect(mocking).toEqual([])
  })
})

/** Functions that do not fit on a screen, those nested in them included. */
function longFunctions(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line
  const visit = (node: ts.Node): void => {
    const lines = lineOf(node.end) - lineOf(node.getStart(file)) + 1
    if (ts.isFunctionLike(node) && lines > 60)
      found.push(`${path}:${lineOf(node.getStart(file)) + 1} has ${lines} lines`)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function filesOf(folder: string, named = /\.ts$/): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => named.test(path))
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
}

/** The place in ORDER of a file, by its folder or, at the top, its own name; -1 where it has none. */
function rankOf(path: string): number {
  const place = path.replace(/\.ts$/, '').split('/')[0] ?? ''
  return ORDER.findIndex((names) => names.includes(place))
}

/** What is imported at run time or as a type: `from '…'`, `import '…'` and `import('…')`. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
}

/** Without comments and imports, whose words mean nothing. */
function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\bfrom '[^']+'/g, '')
}
