{%- set kinds = ['bread', 'cake', 'pie'] -%}

with orders as (
    select * from {{ ref('stg_orders') }}
),

by_customer as (
    select
        customer_id,
        {%- for kind in kinds %}
        sum(case when kind = '{{ kind }}' then amount else 0 end) as {{ kind }}_amount,
        count(*) filter (where kind = '{{ kind }}') as {{ kind }}_orders,
        {%- endfor %}
        max(ordered_on) as last_ordered_on
    from orders
    {% if var('first_day') %}
    where ordered_on >= '{{ var("first_day") }}'
    {% endif %}
    group by customer_id
)

select
    customers.customer_id,
    customers.name,
    by_customer.bread_amount,
    by_customer.last_ordered_on,
    big.amount as big_amount
from {{ ref('stg_customers') }} as customers
left join by_customer
    on customers.customer_id = by_customer.customer_id
left join {{ ref('big_orders') }} as big
    on customers.customer_id = big.customer_id
