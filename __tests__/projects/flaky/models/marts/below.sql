select id from {{ ref('eph_once') }}
