{{ config(severity='warn') }}
select * from {{ ref('census') }} where legs > 2
