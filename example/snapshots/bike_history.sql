{% snapshot bike_history %}
{{ config(target_schema='snapshots', unique_key='bike_id', strategy='check', check_cols=['kind']) }}
select * from {{ ref('stg_bikes') }}
{% endsnapshot %}
