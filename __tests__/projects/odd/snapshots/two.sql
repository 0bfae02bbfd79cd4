{% snapshot snap_a %}{{ config(unique_key='id', strategy='check', check_cols='all', target_schema='main') }} select * from {{ ref('grain') }}{% endsnapshot %}
{% snapshot snap_b %}{{ config(unique_key='id', strategy='check', check_cols='all', target_schema='main') }} select * from {{ ref('grain') }}{% endsnapshot %}
