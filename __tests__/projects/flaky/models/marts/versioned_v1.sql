{{ config(materialized='table') }}
select id, {{ var('answer', 0) }} as answer from {{ ref('below') }}
