import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PageData, PageNode } from '../../src/report/page-data.ts'
import {
  builtTemplate,
  folder,
  noBrowser,
  type Opened,
  open,
  startBrowser,
  type Window,
  writeData,
} from './browser.ts'
import { madeUp } from './made-up.ts'
import { ODD, writeOdd } from './odd.ts'
import { writeRecorded } from './recorded.ts'

const GOLDEN = join(import.meta.dirname, '../golden')
/** Runs of every shape: hostile names, no nodes, errors of dbt itself, hooks, batches, a stop, both engines. */
const RECORDED = [
  ...[
    'core-zoo',
    'core-sigint',
    'core-unparsable',
    'core-empty-selection',
    'core-hook-fails',
    'core-microbatch',
  ],
  ...['fusion-zoo', 'fusion-no-profile', 'fusion-source-freshness', 'fusion-run-operation'],
]

describe.skipIf(noBrowser)('the page', () => {
  let browser: Browser
  let template: string
  let example: string
  let opened: Opened[] = []

  beforeAll(async () => {
    browser = await startBrowser()
    const path = await builtTemplate()
    template = readFileSync(path, 'utf8')
    example = join(folder, 'example.html')
    await writeRecorded('core-build-example-broken', path, example)
  })
  afterAll(() => browser?.close())

  async function show(path: string, window?: Window): Promise<Page> {
    const one = await open(browser, path, window)
    opened.push(one)
    return one.page
  }
  const showData = async (data: PageData, window?: Window) => show(await writeData(data, template), window)

  /** Each page of a test must be silent and alone. */
  async function expectQuiet(): Promise<void> {
    for (const { page, complaints, requests } of opened) {
      expect(complaints).toEqual([])
      expect(requests).toEqual([])
      await page.close()
    }
    opened = []
  }
  const quietly = (name: string, run: () => Promise<void>) =>
    test(name, async () => {
      await run()
      await expectQuiet()
    })

  const names = (page: Page) =>
    page.getByRole('table', { name: 'Nodes' }).getByRole('rowheader').allTextContents()
  const panel = (page: Page) => page.getByRole('complementary')
  const search = (page: Page) => page.getByRole('searchbox', { name: 'Search nodes' })

  for (const name of RECORDED) {
    quietly(`shows the recorded run ${name}`, async () => {
      const path = join(folder, `${name}.html`)
      await writeRecorded(name, join(folder, 'template.html'), path)
      const page = await show(path)
      expect(await page.title()).toContain(
        await textOf(page.getByRole('heading', { level: 1 })).then(withoutMark),
      )
      const golden = readFileSync(join(GOLDEN, name, 'state.txt'), 'utf8')
      const ids = await page
        .locator('#nodes tbody a')
        .evaluateAll((links) => links.map((link) => link.getAttribute('title')))
      for (const id of ids) expect(golden).toContain(id)
    })
  }

  for (const [name, run] of Object.entries(ODD)) {
    quietly(`shows ${name}: on a phone too, and without barriers`, async () => {
      const path = join(folder, 'odd.html')
      await writeOdd(run, join(folder, 'template.html'), path)
      const page = await show(path, { width: 390, height: 844, dark: true })
      expect(await names(page)).toHaveLength(run.nodes.size)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      expect(await violations(page)).toEqual([])
      await page.keyboard.press('j')
      await panel(page).waitFor()
      expect(await violations(page)).toEqual([])
      await page.keyboard.press('Enter')
      expect(await page.evaluate('document.activeElement.id')).toBe('panel-title')
    })
  }

  quietly('shows of a run that could not start what to do, and nothing empty', async () => {
    const path = join(folder, 'no-profile.html')
    await writeRecorded('core-no-profile', join(folder, 'template.html'), path)
    const page = await show(path, { width: 390, height: 844, dark: true })
    const failures = await textOf(page.getByRole('region', { name: 'Failures' }))
    expect(failures).toContain('no profiles.yml at nowhere. Set input profiles-dir to its folder')
    expect(failures).toContain("Path 'nowhere' does not exist.")
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(['Failures'])
    expect(await page.getByRole('navigation').count()).toBe(0)
    expect(await search(page).count()).toBe(0)
    for (const key of ['t', 'l', 'n', 'j', '/']) await page.keyboard.press(key)
    expect(page.url()).not.toContain('view=')
    expect(await violations(page)).toEqual([])
  })

  quietly('shows no link to a section that is empty', async () => {
    const path = join(folder, 'empty-selection.html')
    await writeRecorded('core-empty-selection', join(folder, 'template.html'), path)
    const page = await show(path)
    const links = page.getByRole('navigation', { name: 'Sections' }).getByRole('link')
    expect(await links.allTextContents()).toEqual(['Failures', 'Lineage'])
    // What its title counts.
    const warnings = page.locator('#failures details')
    expect(await textOf(warnings.locator('summary'))).toBe('2 dbt warnings')
    expect(await warnings.getByText("'tag:none' does not match any enabled nodes").isVisible()).toBe(true)
  })

  quietly('searches, and counts what it found', async () => {
    const page = await show(example)
    await search(page).fill('bike_costs UNIQUE')
    expect(await names(page)).toEqual(['unique_bike_costs_v1_bike_id', 'unique_bike_costs_v2_bike_id'])
    expect(await textOf(page.getByRole('status'))).toBe('2 of 30 nodes')
    await search(page).press('Enter')
    expect(await textOf(panel(page).getByRole('heading', { level: 2 }))).toContain(
      'unique_bike_costs_v1_bike_id',
    )
    await page.getByRole('button', { name: 'Clear' }).click()
    expect(await names(page)).toHaveLength(30)
  })

  quietly('filters by status, type and folder', async () => {
    const page = await show(example)
    const bar = page.getByRole('group', { name: 'Filter by status' })
    await bar.getByRole('button', { name: '2 failed' }).click()
    expect(await names(page)).toEqual(['stg_repairs', 'unique_rentals_rental_id'])
    await bar.getByRole('button', { name: '2 failed', pressed: true }).click()
    await page.getByRole('combobox', { name: 'Type' }).selectOption('snapshot')
    expect(await names(page)).toEqual(['bike_history'])
    await page.getByRole('combobox', { name: 'Type' }).selectOption('')
    await page.getByRole('combobox', { name: 'Folder' }).selectOption('models/staging')
    await page.getByRole('combobox', { name: 'Status' }).selectOption('failed')
    expect(await names(page)).toEqual(['stg_repairs'])
  })

  quietly('shows what is different from the base branch, and the past of a node', async () => {
    const page = await showData(madeUp(300))
    const changes = page.getByRole('region', { name: 'Compared with main' })
    const slower = changes.getByRole('list', { name: 'Slower' })
    expect(await slower.getByRole('link').count()).toBe(5)
    await changes.getByRole('button', { name: 'Show all 6' }).click()
    expect(await slower.getByRole('link').count()).toBe(6)
    expect(await textOf(changes.getByRole('list', { name: 'Flaky' }))).toContain('failed in 2 of 5 runs')
    await slower.getByRole('link').first().click()
    const history = panel(page).getByRole('list', { name: 'History' })
    expect(await textOf(history)).toMatch(/main 0123abc 2026-03-01: \d.*\n.*main 4567def 2026-02-28: /)
    expect(await history.getByRole('link').getAttribute('href')).toContain('/actions/runs/6')
  })

  quietly('tells how many threads are enough', async () => {
    const data = madeUp(30)
    const text = async (enough: number) => {
      const timing = data.timing && { ...data.timing, enough }
      return textOf((await showData({ ...data, ...(timing && { timing }) })).locator('.advisor .note'))
    }
    expect(await text(1)).toBe('More than one thread does not help.')
    expect(await text(4)).toBe('More than 4 threads do not help.')
  })

  quietly('opens on the worst failure: message, place and source', async () => {
    const page = await show(example)
    const failures = page.getByRole('list', { name: 'Failed nodes' })
    expect(await textOf(failures)).toContain('rentals.rental_id is not unique: 1 value occurs more than once')
    expect(await textOf(failures)).toContain('blocks 1 model and 1 exposure')
    expect(await textOf(panel(page))).toContain("dbt build -s stg_repairs --vars '{broken: true}'")
    const text = await textOf(panel(page))
    expect(text).toContain('Binder Error: Referenced column "repared_on" not found')
    expect(text).toContain('example/models/staging/stg_repairs.sql:4')
    expect(text).toContain('blocks 3 models and 3 tests')
    expect(text).toContain('feeds exposure monday_meeting')
    expect(text).toContain('Blocked by this node (6)')
    expect(await textOf(panel(page).locator('.line.here'))).toMatch(/^4\s+cast\(/)
    const link = panel(page).getByRole('link', { name: 'example/models/staging/stg_repairs.sql:4' })
    expect(await link.getAttribute('href')).toMatch(
      /^https:\/\/github.com\/octo\/jaffle\/blob\/\w{40}\/example\/models\/staging\/stg_repairs\.sql#L4$/,
    )
  })

  quietly('follows a skipped node to its cause', async () => {
    const page = await show(example)
    await page
      .getByRole('table', { name: 'Nodes' })
      .getByRole('link', { name: 'costs_by_kind', exact: true })
      .click()
    await panel(page).getByText('because of').getByRole('link', { name: 'stg_repairs' }).click()
    expect(await textOf(panel(page).getByRole('heading', { level: 2 }))).toContain('stg_repairs')
    await page.goBack()
    expect(await textOf(panel(page).getByRole('heading', { level: 2 }))).toContain('costs_by_kind')
  })

  quietly('is used by keyboard alone', async () => {
    const page = await show(example)
    const heading = panel(page).getByRole('heading', { level: 2 })
    await page.keyboard.press('j')
    await expect.poll(() => textOf(heading)).toContain('unique_rentals_rental_id')
    await page.keyboard.press('k')
    await expect.poll(() => textOf(heading)).toContain('stg_repairs')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('h2:focus').count()).toBe(1)
    await page.keyboard.press('/')
    await page.keyboard.type('jk')
    await expect.poll(() => search(page).inputValue()).toBe('jk')
    // Out of the search, then the panel, then the filter.
    for (const left of [1, 0, 0]) {
      await page.keyboard.press('Escape')
      await expect.poll(() => panel(page).count()).toBe(left)
    }
    await expect.poll(() => search(page).inputValue()).toBe('')
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'Keys' })
    await expect.poll(() => dialog.isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    await expect.poll(() => dialog.count()).toBe(0)
  })

  quietly('takes the keyboard to the node of a link, and back', async () => {
    // On a narrow window the panel covers the link.
    for (const width of [800, 1440]) {
      const page = await show(example, { width, hash: '#node=-' })
      const link = page.getByRole('list', { name: 'Failed nodes' }).getByRole('link').first()
      await link.press('Enter')
      await expect.poll(() => page.locator('#panel-title:focus').count()).toBe(1)
      await page.keyboard.press('Escape')
      await expect.poll(() => link.evaluate((element) => element === document.activeElement)).toBe(true)
    }
  })

  quietly('has an address for each state', async () => {
    const page = await show(example, { hash: '#node=rentals&view=lineage&type=model&graph=all&sort=-time' })
    expect(await textOf(panel(page).getByRole('heading', { level: 2 }))).toContain('rentals')
    expect(await page.getByRole('button', { name: 'Whole project' }).getAttribute('aria-pressed')).toBe(
      'true',
    )
    const time = page.getByRole('columnheader', { name: 'Time' })
    await expect.poll(() => time.getAttribute('aria-sort')).toBe('descending')
    expect(
      await page.locator('#lineage').evaluate((element) => element.getBoundingClientRect().top),
    ).toBeLessThan(200)
    await time.getByRole('button').click()
    await search(page).fill('stg')
    await expect
      .poll(() => page.url())
      .toMatch(/#node=rentals&view=lineage&q=stg&type=model&sort=time&graph=all$/)
    await page.reload()
    await expect.poll(() => search(page).inputValue()).toBe('stg')
    await expect.poll(() => time.getAttribute('aria-sort')).toBe('ascending')
  })

  quietly('zooms into the timeline by a drag, and selects a node there', async () => {
    const page = await show(example, { hash: '#node=-' })
    const chart = page.getByRole('img', { name: /^Timeline of 30 nodes in 4 lanes/ })
    const box = await chart.boundingBox()
    if (!box) throw new Error('no timeline')
    await page.mouse.move(box.x + 300, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + 600, box.y + 60, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => page.url()).toMatch(/zoom=\d+-\d+/)
    await chart.click({ position: { x: 300, y: 35 } })
    await expect.poll(() => panel(page).count()).toBe(1)
    await page.getByRole('button', { name: 'Reset zoom' }).click()
    await expect.poll(() => page.url()).not.toContain('zoom')
  })

  quietly('shows hostile text as text', async () => {
    const page = await showData(hostile(), { hash: '#view=nodes' })
    expect(await page.locator('img, iframe, svg, body b').count()).toBe(0)
    expect(await page.locator('script').count()).toBe(2)
    expect(await names(page)).toContain(HOSTILE)
    const text = await textOf(panel(page))
    expect(text.split(HOSTILE).length).toBeGreaterThan(8)
    expect(await page.locator('a[href^="javascript:"]').count()).toBe(0)
  })

  quietly('unpacks the SQL of a node that passed', async () => {
    const path = join(folder, 'packed.html')
    await writeRecorded(
      'core-build-example-broken',
      join(folder, 'template.html'),
      path,
      (id) => `select '${id}' as id`,
    )
    const page = await show(path, { hash: '#node=rentals' })
    await panel(page).getByText("select 'model.bikes.rentals' as id").waitFor()
  })

  quietly('keeps 10,000 nodes usable', async () => {
    const page = await showData(madeUp(10_000))
    const table = page.getByRole('table', { name: 'Nodes' })
    expect(await table.getAttribute('aria-rowcount')).toBe('10001')
    expect(await table.getByRole('row').count()).toBeLessThan(501)
    await page.evaluate('scrollTo(0, document.body.scrollHeight)')
    await table.locator('tr[aria-rowindex="10001"]').waitFor()
    await search(page).fill('node_9876')
    await expect.poll(() => names(page)).toEqual([expect.stringContaining('9876')])
  })

  for (const dark of [false, true]) {
    for (const width of [1440, 390]) {
      quietly(`has no barrier that axe finds: ${dark ? 'dark' : 'light'}, ${width} px`, async () => {
        const page = await showData(madeUp(300), { dark, width, hash: '#node=-' })
        expect(await violations(page)).toEqual([])
        await page.keyboard.press('j')
        await panel(page).waitFor()
        expect(await violations(page)).toEqual([])
        await page.keyboard.press('?')
        expect(await violations(page)).toEqual([])
      })
    }
  }

  quietly('fits a phone', async () => {
    for (const hash of ['#node=-', '#node=stg_repairs']) {
      const page = await show(example, { width: 390, height: 844, hash })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    }
    const other = await showData(madeUp(300), { width: 390, height: 844, hash: '#node=-' })
    expect(await other.evaluate('document.documentElement.scrollWidth')).toBe(390)
  })

  quietly('scrolls to sections so that the bar at the top does not cover their headings', async () => {
    // The bar has one line, or up to four.
    for (const [width, hash] of [
      [1440, '#node=-'],
      [1440, '#node=stg_days'],
      [390, '#node=-'],
      [390, '#node=-&q=a'],
    ] as const) {
      const page = await show(example, { width, height: 844, hash })
      const links = page.getByRole('navigation', { name: 'Sections' })
      for (const name of ['Failures', 'Timeline', 'Lineage', 'Nodes']) {
        await links.getByRole('link', { name }).click()
        const heading = await page.getByRole('heading', { name, exact: true }).boundingBox()
        const bar = await page.locator('.toolbar').boundingBox()
        const space = (heading?.y ?? 0) - (bar?.y ?? 0) - (bar?.height ?? 0)
        expect(space, `${name}, ${width} px, ${hash}`).toBeGreaterThan(0)
      }
    }
  })

  quietly('has the buttons of the lineage beside it, where they hide no node', async () => {
    for (const width of [390, 1440]) {
      const page = await show(example, { width, hash: '#view=lineage&node=-' })
      const canvas = await page.getByRole('img', { name: /^Lineage/ }).boundingBox()
      const buttons = page.getByRole('group', { name: 'Zoom of the lineage' })
      const box = await buttons.boundingBox()
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(canvas?.y ?? 0)
      await buttons.getByRole('button', { name: 'Zoom in' }).click()
      await buttons.getByRole('button', { name: 'Fit' }).click()
    }
  })

  quietly('prints without its controls', async () => {
    const page = await show(example)
    await page.emulateMedia({ media: 'print' })
    expect(await search(page).isVisible()).toBe(false)
    expect(await page.getByRole('heading', { name: 'Failures' }).isVisible()).toBe(true)
    // As on paper, which has less room than the window in which they were drawn.
    const wide = await page.locator('canvas').evaluateAll((all) =>
      all.filter((canvas) => {
        const parent = canvas.parentElement
        if (!parent) return true
        parent.style.width = '400px'
        return canvas.getBoundingClientRect().right > parent.getBoundingClientRect().right
      }),
    )
    expect(wide).toEqual([])
    expect((await page.pdf()).length).toBeGreaterThan(1000)
  })
})

/** As it is seen. */
async function textOf(locator: Locator): Promise<string> {
  return (await locator.allInnerTexts()).join('\n')
}

function withoutMark(text: string): string {
  return text.replace(/^\W+/, '')
}

async function violations(page: Page): Promise<string[]> {
  // Not as a script element, which the page's policy forbids.
  await page.evaluate(axe.source)
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
  return found
}

const HOSTILE = `</script><img src=x onerror=alert(1)><script>alert(2)</script>$& %DATA% "'\`{{7*7}}`

function hostile(): PageData {
  const data = madeUp(3)
  const node: PageNode = {
    id: `model.x.${HOSTILE}`,
    name: HOSTILE,
    type: 'model',
    status: 'error',
    seconds: 1,
    headline: HOSTILE,
    message: `${HOSTILE}\n${HOSTILE}`,
    folder: HOSTILE,
    tags: [HOSTILE],
    relation: HOSTILE,
    owner: HOSTILE,
    description: HOSTILE,
    file: { path: HOSTILE, line: 1 },
    source: { first: 1, line: 1, lines: [HOSTILE] },
    sql: HOSTILE,
    table: { columns: [HOSTILE], rows: [[HOSTILE]] },
    command: HOSTILE,
  }
  return {
    ...data,
    title: HOSTILE,
    command: HOSTILE,
    errors: [{ text: HOSTILE, title: HOSTILE, wayOut: HOSTILE }],
    notices: [HOSTILE],
    nodes: [node, ...data.nodes],
  }
}
