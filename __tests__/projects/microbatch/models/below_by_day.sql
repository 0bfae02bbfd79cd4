select sum(price) as price from {{ ref('by_day') }}
