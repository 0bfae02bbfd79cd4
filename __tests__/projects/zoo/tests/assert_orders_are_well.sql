select * from {{ ref('order_lines') }}
join {{ ref('orders') }} using (order_id)
where false
