select * from {{ ref('eph_ok') }}
