select 1 as line_id, order_id from {{ ref('orders') }}
