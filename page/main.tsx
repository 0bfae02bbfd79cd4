import { render } from 'preact'
import type { PageData } from '../src/report/page-data.ts'
import { App } from './app.tsx'
import { modelOf } from './model.ts'

const data: PageData = JSON.parse(document.getElementById('data')?.textContent ?? '')
const root = document.getElementById('page')
if (root) render(<App model={modelOf(data)} />, root)
