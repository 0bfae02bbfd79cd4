{{ config(materialized='incremental', unique_key='animal_id') }}
select * from {{ ref('animals') }}
{% if is_incremental() %}where legs > 2{% endif %}
