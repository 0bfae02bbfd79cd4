select nothing_here from {{ ref('base') }}
