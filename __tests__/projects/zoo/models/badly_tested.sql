select null as tagged_id union all select 1
