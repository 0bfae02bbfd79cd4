-- the sum of each kind
select
    ordered_on,
    {{ sum_by_kind(
        ['bread', 'cake'],
        'amount'
    ) }}
from {{ ref('stg_orders') }}
group by ordered_on
