select * from {{ ref('snail') }}
