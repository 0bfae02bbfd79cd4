select id, n from {{ ref('base') }}
