select
    cast(order_id as integer) as order_id,
    kind,
    cast(amount as double) as amount
from {{ ref('stg_orders') }}
