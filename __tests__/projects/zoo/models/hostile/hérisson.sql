select 'é' as ü
